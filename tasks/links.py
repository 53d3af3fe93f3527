"""Where links lead: the addresses of a case and of a process instance."""


def of_case(base: str, number: str) -> str:
    """The address of a case, by its number, for programs."""
    return f"{base}/cases/{number}"


def page_of_case(base: str, number: str) -> str:
    """The page of a case in the console, for people."""
    return f"{base}/console/cases/{number}"


def of_instance(base: str, key: int) -> str:
    """The address of a process instance."""
    return f"{base}/v2/process-instances/{key}"
