"""The files of a project, their variables, and the settings of a run."""
