"""Behaviour: one package per domain, pure rules and their wiring. No domain knows another."""
