// A share as a bar, for the eye alone: the figure stands beside it.

export const Track = ({ share }: { share: number }) => (
  <span className="track" aria-hidden="true">
    <span style={{ width: `${Math.round(share * 100)}%` }} />
  </span>
);
