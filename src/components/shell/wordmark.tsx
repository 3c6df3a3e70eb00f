/** The name of the product with its mark. */
export function Wordmark() {
  return (
    <span className="inline-flex items-center gap-2.5">
      <svg aria-hidden="true" viewBox="0 0 20 20" className="size-5">
        <path className="fill-accent" d="M1 12h4v5H1zM8 8h4v9H8zM15 3h4v14h-4z" />
        <path className="fill-ink" d="M1 18.5h18V20H1z" />
      </svg>
      <span className="text-[0.9375rem] leading-5 font-semibold tracking-[0.08em]">PIPELINE</span>
    </span>
  );
}
