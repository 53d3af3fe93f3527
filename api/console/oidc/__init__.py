"""Signing in by an OpenID provider of the city: authorization code with PKCE (OpenID Connect Core 1.0, RFC 7636)."""
