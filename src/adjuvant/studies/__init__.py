"""Data only: shipped studies (protocol, published numbers, patients, licence) and templates."""
