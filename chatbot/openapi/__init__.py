"""The OpenAPI schema of all doors and the page that shows it.

What is documented is said beside the doors (`api/schema.py` of each app); here it comes together.
"""
