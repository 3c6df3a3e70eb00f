// What the page framework takes for itself: a route that does nothing at all.
export const GET = () => Response.json({ success: true, data: {} });
