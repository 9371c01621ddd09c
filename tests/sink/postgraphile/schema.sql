-- A notes database for PostGraphile 4, as docs/sinks.md describes it.
--
-- Every row belongs to the account that the token's `sub` names. The policies at the end see to it
-- that nobody reads, writes or points at a row of another account.

create schema notes;
create schema guard;

create role notes_user nologin;
create role notes_api login noinherit;
grant notes_user to notes_api;

create function guard.claim(name text) returns text language sql stable as
  $$ select nullif(current_setting('jwt.claims.' || name, true), '') $$;

create table notes.account (
  id text primary key default guard.claim('sub'),
  created_at timestamptz not null default now()
);

create table notes.import (
  id uuid primary key default gen_random_uuid(),
  account_id text not null default guard.claim('sub') references notes.account on delete cascade,
  key text not null,
  created integer not null,
  updated integer not null,
  unchanged integer not null,
  imported_at timestamptz not null default now(),
  unique (account_id, key)
);
comment on table notes.import is 'A mail that was imported, and what it brought.';

create table notes.publication (
  id uuid primary key default gen_random_uuid(),
  account_id text not null default guard.claim('sub') references notes.account on delete cascade,
  key text not null,
  title text not null,
  citation text not null default '',
  publisher text not null default '',
  year integer,
  language text not null default '',
  identifiers jsonb not null default '[]',
  created_at timestamptz not null default now(),
  unique (account_id, key)
);

create table notes.author (
  id uuid primary key default gen_random_uuid(),
  account_id text not null default guard.claim('sub') references notes.account on delete cascade,
  name text not null,
  unique (account_id, name)
);

create table notes.publication_author (
  publication_id uuid not null references notes.publication on delete cascade,
  author_id uuid not null references notes.author on delete cascade,
  role text not null default 'author',
  position integer not null,
  primary key (publication_id, author_id, role)
);
create index on notes.publication_author (author_id);

create table notes.annotation (
  id uuid primary key default gen_random_uuid(),
  account_id text not null default guard.claim('sub'),
  publication_id uuid not null references notes.publication on delete cascade,
  key text not null,
  motivation text not null check (motivation in ('HIGHLIGHTING', 'COMMENTING', 'BOOKMARKING')),
  quote text not null,
  correction text,
  note text not null,
  colour text not null,
  style text not null,
  locations jsonb not null,
  created text,
  modified text,
  truncated boolean not null,
  edited text[] not null default '{}',
  deleted_at timestamptz,
  imported_at timestamptz not null default now(),
  search tsvector generated always as (to_tsvector('simple', quote || ' ' || note)) stored,
  unique (publication_id, key)
);
create index on notes.annotation (account_id);
create index on notes.annotation using gin (search);
comment on column notes.annotation.correction is
  'The quote as a person would have it; imports write only the quote itself.';
comment on column notes.annotation.created is
  'ISO 8601 as the export says it, which is often without a zone; so is modified.';

create table notes.tag (
  id uuid primary key default gen_random_uuid(),
  account_id text not null default guard.claim('sub') references notes.account on delete cascade,
  name text not null,
  unique (account_id, name)
);

create table notes.annotation_tag (
  annotation_id uuid not null references notes.annotation on delete cascade,
  tag_id uuid not null references notes.tag on delete cascade,
  position integer not null,
  primary key (annotation_id, tag_id)
);
create index on notes.annotation_tag (tag_id);

-- What a person changes is remembered by its name, and an import leaves it alone from then on.
create function guard.remember_edits() returns trigger language plpgsql as $$
begin
  if guard.claim('scope') is distinct from 'notes:import' then
    if new.note is distinct from old.note then
      new.edited := array_append(array_remove(new.edited, 'note'), 'note');
    end if;
    if new.colour is distinct from old.colour then
      new.edited := array_append(array_remove(new.edited, 'colour'), 'colour');
    end if;
  end if;
  return new;
end $$;
create trigger remember_edits before update on notes.annotation
  for each row execute function guard.remember_edits();

create function guard.remember_tagging() returns trigger language plpgsql as $$
begin
  if guard.claim('scope') is distinct from 'notes:import' then
    update notes.annotation set edited = array_append(array_remove(edited, 'tags'), 'tags')
    where id = coalesce(new.annotation_id, old.annotation_id);
  end if;
  return null;
end $$;
create trigger remember_tagging after insert or update or delete on notes.annotation_tag
  for each row execute function guard.remember_tagging();

-- New notes with their tags, however many, at the price of two statements.
create function notes.import_annotations(entries jsonb) returns integer language plpgsql as $$
begin
  insert into notes.annotation (
    id, publication_id, key, motivation, quote, note, colour, style, locations, created, modified,
    truncated
  )
  select
    id, "publicationId", key, motivation, quote, note, colour, style, locations, created, modified,
    truncated
  from jsonb_to_recordset(entries) as entry (
    id uuid, "publicationId" uuid, key text, motivation text, quote text, note text, colour text,
    style text, locations jsonb, created text, modified text, truncated boolean
  );
  insert into notes.annotation_tag (annotation_id, tag_id, position)
  select entry.id, tag."tagId", tag.position
  from jsonb_to_recordset(entries) as entry (id uuid, tags jsonb),
    jsonb_to_recordset(entry.tags) as tag ("tagId" uuid, position integer);
  return jsonb_array_length(entries);
end $$;

-- The wall between accounts. A row that points at another must see it, and sees only its own.
create policy own on notes.account using (id = guard.claim('sub'));
create policy own on notes.import using (account_id = guard.claim('sub'));
create policy own on notes.publication using (account_id = guard.claim('sub'));
create policy own on notes.author using (account_id = guard.claim('sub'));
create policy own on notes.tag using (account_id = guard.claim('sub'));
create policy own on notes.annotation using (account_id = guard.claim('sub')) with check (
  account_id = guard.claim('sub')
  and exists (select from notes.publication where id = publication_id)
);
create policy own on notes.publication_author using (
  exists (select from notes.publication where id = publication_id)
  and exists (select from notes.author where id = author_id)
);
create policy own on notes.annotation_tag using (
  exists (select from notes.annotation where id = annotation_id)
  and exists (select from notes.tag where id = tag_id)
);
do $$
declare
  name text;
begin
  for name in select tablename from pg_tables where schemaname = 'notes' loop
    execute format('alter table notes.%I enable row level security', name);
    execute format('alter table notes.%I force row level security', name);
  end loop;
end $$;

grant usage on schema notes, guard to notes_user;
grant select, insert, update, delete on all tables in schema notes to notes_user;
