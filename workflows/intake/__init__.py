"""Files from outside: read and looked through in a child process with limits, never in the server itself."""
