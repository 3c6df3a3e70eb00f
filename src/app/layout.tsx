import type { Metadata, Viewport } from 'next';
import localFont from 'next/font/local';
import type { ReactNode } from 'react';
import './globals.css';

// Every page is rendered for its request: a page kept from the build could not carry the request's nonce.
export const dynamic = 'force-dynamic';

const plex = localFont({
  src: './fonts/ibm-plex-sans-latin.woff2',
  weight: '100 700',
  variable: '--font-plex',
  display: 'swap',
});

export const metadata: Metadata = {
  title: { default: 'PIPELINE', template: '%s · PIPELINE' },
  description: 'Trains LoRA adapters and accounts for every cent, while it runs.',
};

export const viewport: Viewport = {
  themeColor: [
    { media: '(prefers-color-scheme: light)', color: '#fcfdfd' },
    { media: '(prefers-color-scheme: dark)', color: '#181e22' },
  ],
};

export default function RootLayout({ children }: { children: ReactNode }) {
  return (
    <html lang="en" className={plex.variable}>
      <body>{children}</body>
    </html>
  );
}
