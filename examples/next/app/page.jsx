export const metadata = { title: 'Home' };

export default function Home() {
  return (
    <>
      <h1>Home</h1>
      <p>Each route is recorded as a view, without further code.</p>
    </>
  );
}
