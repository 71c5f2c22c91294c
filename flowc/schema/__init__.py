"""The JSON Schemas, composed for the targets that are known, and what they find in a document."""
