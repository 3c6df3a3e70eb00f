/** Of our own environment a run sees these and nothing else: no address of a database, no key, no token. */
const PASSED_ON = ['PATH', 'LANG', 'NVIDIA_VISIBLE_DEVICES', 'CUDA_VISIBLE_DEVICES'] as const;

const STANDARD = { PATH: '/usr/local/bin:/usr/bin:/bin', LANG: 'C.UTF-8', TZ: 'UTC' } as const;

type Variables = Readonly<Record<string, string | undefined>>;

/** What a supervisor is started with, and what every run has in common. */
export function cleanEnvironment(ours: Variables): Record<string, string> {
  const passed = PASSED_ON.flatMap((name) => (ours[name] ? [[name, ours[name]]] : []));
  return { ...STANDARD, ...Object.fromEntries(passed) };
}

/** The environment of a command: what all have in common, what its trainer asks for, and where the run is. */
export function environmentOf(run: { attemptId: string; folder: string; trainer: Variables; ours: Variables }) {
  const trainer = Object.entries(run.trainer).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return {
    ...cleanEnvironment(run.ours),
    HOME: run.folder,
    TMPDIR: `${run.folder}/tmp`,
    ...(Object.fromEntries(trainer) as Record<string, string>),
    PIPELINE_ATTEMPT: run.attemptId,
    PIPELINE_RUN_DIR: run.folder,
    PIPELINE_PROGRESS_FD: '3',
  };
}
