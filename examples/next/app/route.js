export const GET = () => new Response("stacks live at /stacks/{org}/{project}/{stack}\n");
