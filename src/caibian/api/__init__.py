"""What goes over the wire between the service and its clients: pydantic models that both sides import."""
