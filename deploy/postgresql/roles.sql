-- Two roles: the owner of the tables, who migrates, and the one that the site connects as, which can neither change nor
-- delete a row of the audit log. Run once after the first `migrate`, by the owner, in the site's database:
--     psql -v site=monitor_site -f deploy/postgresql/roles.sql "the owner's DATABASE_URL"
-- The role itself is made before, by an administrator: CREATE ROLE monitor_site LOGIN PASSWORD '…';
GRANT USAGE ON SCHEMA public TO :"site";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"site";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"site";
-- What later migrations make.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"site";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"site";
REVOKE UPDATE, DELETE ON journal_auditentry, journal_auditseal, journal_auditcut FROM :"site";
-- The link to an account that goes is emptied; the name stays.
GRANT UPDATE (actor_id) ON journal_auditentry TO :"site";
