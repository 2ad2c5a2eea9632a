import Link from 'next/link';
import { Tracking } from './tracking.jsx';

export const metadata = { icons: '/favicon.svg' };
export const viewport = { colorScheme: 'light dark' };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>
        <Tracking />
        <nav>
          <Link href="/">Home</Link> <Link href="/teas/">Teas</Link>{' '}
          <a href="/dashboard.html">Dashboard</a>
        </nav>
        <main>{children}</main>
      </body>
    </html>
  );
}
