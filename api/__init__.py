"""HTTP: the Camunda 8 REST API v2 and the city's own routes. The only place that imports FastAPI."""
