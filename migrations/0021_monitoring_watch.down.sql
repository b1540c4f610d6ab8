-- What the rows could still have said becomes no gap: do this while no interview is held.
DROP TABLE monitoring_watch;
