-- Roles of a cluster that is not Supabase, made where they are absent. Run by the administrator; migrate.ts sets passwords.

do $roles$
begin
  if not exists (select from pg_roles where rolname = 'anon') then create role anon nologin noinherit; end if;
  if not exists (select from pg_roles where rolname = 'authenticated') then create role authenticated nologin noinherit; end if;
  if not exists (select from pg_roles where rolname = 'service_role') then create role service_role nologin noinherit; end if;
  if not exists (select from pg_roles where rolname = 'pipeline_owner') then
    create role pipeline_owner login noinherit createrole nosuperuser nobypassrls;
  end if;
  if not exists (select from pg_roles where rolname = 'pipeline_app') then
    create role pipeline_app login noinherit nosuperuser nobypassrls;
  end if;
  if not exists (select from pg_roles where rolname = 'pipeline_worker') then
    create role pipeline_worker login noinherit nosuperuser nobypassrls;
  end if;
end
$roles$;

grant anon, authenticated to pipeline_app;
grant service_role to pipeline_worker;
