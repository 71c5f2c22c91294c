"""What carriers document and their SDKs say, held against targets, contracts and webhooks."""
