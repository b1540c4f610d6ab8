-- Tickets live a minute; whoever holds one asks for another.
DROP TABLE interview_tickets;
