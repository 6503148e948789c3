/** What gets tokens from Entra ID: any credential of `@azure/identity`, or one of your own. */
export interface TokenCredential {
  /** A token for these scopes, or `null` when there is none. */
  getToken(scopes: string | string[], options?: object): Promise<{ readonly token: string; readonly expiresOnTimestamp: number } | null>
}

/** What every call takes. */
export interface CallOptions {
  readonly abortSignal?: AbortSignal
  readonly onResponse?: (response: RawResponse) => void
}

/** The part of an answer that is looked at. */
export interface RawResponse {
  readonly status: number
  readonly headers: { get(name: string): string | undefined }
}

/** The part of a client of `@azure/arm-containerinstance` that is used here. */
export interface ContainerInstanceClient {
  readonly containerGroups: {
    beginCreateOrUpdate(resourceGroup: string, name: string, group: GroupSpec, options?: CallOptions): Promise<unknown>
    get(resourceGroup: string, name: string, options?: CallOptions): Promise<GroupView>
    beginDelete(resourceGroup: string, name: string, options?: CallOptions): Promise<unknown>
    listByResourceGroup(resourceGroup: string, options?: CallOptions): AsyncIterable<ListedGroup>
  }
  readonly containers: {
    listLogs(
      resourceGroup: string,
      name: string,
      container: string,
      options?: CallOptions & { readonly tail?: number },
    ): Promise<{ readonly content?: string }>
    executeCommand(
      resourceGroup: string,
      name: string,
      container: string,
      request: { readonly command: string; readonly terminalSize: { readonly rows: number; readonly cols: number } },
      options?: CallOptions,
    ): Promise<{ readonly webSocketUri?: string; readonly password?: string }>
  }
}

/** A container group as it is asked for. */
export interface GroupSpec {
  location: string
  tags: Record<string, string>
  osType: string
  restartPolicy: string
  priority?: string
  identity?: { type: 'UserAssigned'; userAssignedIdentities: Record<string, object> }
  imageRegistryCredentials?: { server: string; username?: string; password?: string; identity?: string }[]
  subnetIds?: { id: string }[]
  volumes: VolumeSpec[]
  containers: ContainerSpec[]
}

/** A volume of a group. */
export interface VolumeSpec {
  name: string
  secret?: Record<string, string>
  azureFile?: { shareName: string; storageAccountName: string; storageAccountKey: string; readOnly: boolean }
}

/** A container of a group. */
export interface ContainerSpec {
  name: string
  image: string
  command: string[]
  environmentVariables: { name: string; value?: string; secureValue?: string }[]
  resources: { requests: { cpu: number; memoryInGB: number }; limits: { cpu: number; memoryInGB: number } }
  volumeMounts: { name: string; mountPath: string; readOnly: boolean }[]
}

/** Something that happened to a container or a group. */
export interface GroupEvent {
  readonly name?: string
  readonly message?: string
  readonly count?: number
  readonly type?: string
}

/** The state of a container. */
export interface ContainerStateView {
  readonly state?: string
  readonly exitCode?: number
  readonly detailStatus?: string
}

/** A group as Azure shows it. */
export interface GroupView {
  readonly provisioningState?: string
  readonly instanceView?: { readonly state?: string; readonly events?: readonly GroupEvent[] }
  readonly containers: readonly {
    readonly name: string
    readonly instanceView?: {
      readonly restartCount?: number
      readonly currentState?: ContainerStateView
      readonly events?: readonly GroupEvent[]
    }
  }[]
}

/** A group in a list, which has no states of containers. */
export interface ListedGroup {
  readonly name?: string
  readonly location?: string
  readonly tags?: Readonly<Record<string, string>>
}
