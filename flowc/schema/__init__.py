"""The JSON Schemas, composed for the known targets, and the findings that they give for a document."""
