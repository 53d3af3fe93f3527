"""A rehearsal: sample reports sent over HTTP and worked as the organisation would, with the clock moved along."""

from tasks.rehearsal.server import Server
from tasks.rehearsal.table import table
from tasks.rehearsal.work import Rehearsal, Stuck

__all__ = ["Rehearsal", "Server", "Stuck", "table"]
