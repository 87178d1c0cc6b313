"""Published records of safety tasks, read from a path that the user gives; none of them is part of this package."""
