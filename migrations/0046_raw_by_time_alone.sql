-- Bodies are kept by the day and looked for by nobody: an index was written for each webhook, and never read.
drop index raw_event;
