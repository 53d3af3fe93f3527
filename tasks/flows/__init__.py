"""What Prefect runs, a file for each: thin skins that are named, tagged and retried over what the database decides."""
