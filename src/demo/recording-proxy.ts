import { connect, createServer, type Socket } from 'node:net';

/** A TCP proxy before the hub that keeps every byte the hub is sent. */
export class RecordingProxy {
  /** The address as an origin, once `listen` has resolved. */
  address = '';
  private target: { host: string; port: number } | undefined;
  private readonly chunks: Buffer[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((client) => this.forward(client));

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    const address = this.server.address();
    if (address && typeof address === 'object') this.address = `http://127.0.0.1:${address.port}`;
  }

  /** Where connections go from now on, as an origin. */
  forwardTo(origin: string): void {
    const { hostname, port } = new URL(origin);
    this.target = { host: hostname, port: Number(port) };
  }

  /** Everything received so far. */
  recorded(): Buffer {
    return Buffer.concat(this.chunks);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private forward(client: Socket): void {
    if (!this.target) {
      client.destroy();
      return;
    }
    const hub = connect(this.target);
    for (const socket of [client, hub]) {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
      socket.on('error', () => {
        client.destroy();
        hub.destroy();
      });
    }
    client.on('data', (chunk) => this.chunks.push(chunk));
    client.pipe(hub).pipe(client);
  }
}
