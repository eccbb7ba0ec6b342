"""What Socialstyrelsen's services answered, as checked frames of an edition."""
