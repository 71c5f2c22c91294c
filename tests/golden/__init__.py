"""Bundles byte for byte, however they are made."""
