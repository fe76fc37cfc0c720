import { type OperationSchema, readServiceSchema, type ServiceSchema } from "../wire/schema.ts";
import type { Service } from "../core/service.ts";

/** A service with the schemas of its SDK client. */
export interface LoadedService {
  service: Service;
  schema: ServiceSchema;
}

/** The services by the names that signatures use; schemas are read when a service is first called. */
export class Registry {
  private readonly bySigningName = new Map<string, Service>();
  private readonly loaded = new Map<string, Promise<LoadedService>>();
  private readonly ready = new Map<string, LoadedService>();
  readonly services: readonly Service[];

  constructor(services: readonly Service[]) {
    this.services = services;
    for (const service of services) for (const name of service.signingNames) this.bySigningName.set(name, service);
  }

  byName(name: string): Service | undefined {
    return this.services.find((service) => service.name === name);
  }

  /** The service behind a signing name, loaded; undefined where this cloud does not have it. */
  load(signingName: string): LoadedService | Promise<LoadedService> | undefined {
    const service = this.bySigningName.get(signingName);
    if (!service) return undefined;
    return this.ready.get(service.name) ?? this.loadOnce(service);
  }

  /** Whether the service behind a signing name takes bodies as streams. */
  streams(signingName: string | undefined): boolean {
    return signingName !== undefined && (this.bySigningName.get(signingName)?.protocols.includes("restXmlS3") ?? false);
  }

  /** The schema of an operation that this cloud has; undefined for others. */
  async operation(serviceName: string, name: string): Promise<OperationSchema | undefined> {
    const service = this.byName(serviceName);
    return service?.operations[name] ? (await this.loadOnce(service)).schema.operations.get(name) : undefined;
  }

  /** Loads the services' schemas, one after the other, so that no client's first request has to wait for them. */
  async warmUp(): Promise<void> {
    for (const service of this.services.filter((each) => !each.loadLate)) {
      await this.loadOnce(service);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  private loadOnce(service: Service): Promise<LoadedService> {
    let loading = this.loaded.get(service.name);
    if (!loading) {
      loading = service.sdk().then((sdk) => {
        const result = { service, schema: readServiceSchema(sdk) };
        this.ready.set(service.name, result);
        return result;
      });
      this.loaded.set(service.name, loading);
    }
    return loading;
  }
}
