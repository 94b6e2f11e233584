"""What exports and imports share: files on their way, carried by Celery."""
