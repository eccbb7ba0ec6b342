"""Does the recommendation steer? Designs over days, months and places, each with its refusals."""
