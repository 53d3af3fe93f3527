"""The inline handlers of the city: thin functions between a service task and ``workflows.governance``."""

from workflows.runtime.handlers import cases, deadlines, joint, messages, notices, supervision, units

__all__ = ["cases", "deadlines", "joint", "messages", "notices", "supervision", "units"]
