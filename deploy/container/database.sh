#!/bin/sh
# Once, on an empty database: mails and notes apart, since who takes mail from the world has no
# business with notes. Neither role is a superuser: the notes API refuses one that could look over
# the walls between accounts.
set -eu
psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 \
  --set=mails="$MAILS_PASSWORD" --set=notes="$NOTES_PASSWORD" --username="$POSTGRES_USER" <<'SQL'
CREATE ROLE mails LOGIN PASSWORD :'mails';
CREATE DATABASE mails OWNER mails;
CREATE ROLE notes LOGIN PASSWORD :'notes';
CREATE DATABASE notes OWNER notes;
REVOKE CONNECT ON DATABASE mails, notes FROM PUBLIC;
SQL
