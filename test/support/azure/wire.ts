/** The JSON of container groups as it goes over the wire, as far as the stand-in reads it. */
export interface GroupBody {
  readonly location?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly zones?: readonly string[]
  readonly identity?: { readonly type?: string; readonly userAssignedIdentities?: Readonly<Record<string, unknown>> }
  readonly properties: GroupProperties
}

export interface GroupProperties {
  readonly containers?: readonly ContainerBody[]
  readonly initContainers?: readonly InitContainerBody[]
  readonly restartPolicy?: string
  readonly osType?: string
  readonly sku?: string
  readonly priority?: string
  readonly volumes?: readonly VolumeBody[]
  readonly imageRegistryCredentials?: readonly RegistryBody[]
  readonly ipAddress?: IpAddressBody
  readonly subnetIds?: readonly { readonly id: string }[]
  readonly diagnostics?: { readonly logAnalytics?: Readonly<Record<string, unknown>> }
  readonly extensions?: readonly { readonly name: string; readonly properties?: Readonly<Record<string, unknown>> }[]
}

export interface RegistryBody {
  readonly server: string
  readonly username?: string
  readonly password?: string
  readonly identity?: string
}

export interface IpAddressBody {
  readonly type: string
  readonly ports: readonly { readonly protocol?: string; readonly port: number }[]
  readonly dnsNameLabel?: string
}

/** A container that the group runs side by side with its others. */
export interface ContainerBody {
  readonly name: string
  readonly properties: ContainerProperties & {
    readonly ports?: readonly { readonly port: number }[]
    readonly resources?: {
      readonly requests: { readonly cpu: number; readonly memoryInGB: number }
      readonly limits?: { readonly cpu?: number; readonly memoryInGB?: number }
    }
  }
}

/** A container that runs to its end before the others start. */
export interface InitContainerBody {
  readonly name: string
  readonly properties: ContainerProperties
}

export interface ContainerProperties {
  readonly image?: string
  readonly command?: readonly string[]
  readonly environmentVariables?: readonly { readonly name: string; readonly value?: string; readonly secureValue?: string }[]
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string; readonly readOnly?: boolean }[]
  readonly securityContext?: { readonly privileged?: boolean; readonly runAsUser?: number; readonly runAsGroup?: number }
}

/** One volume of a group. Exactly one of the kinds is there. */
export interface VolumeBody {
  readonly name: string
  readonly secret?: Readonly<Record<string, string>>
  readonly emptyDir?: Readonly<Record<string, unknown>>
  readonly azureFile?: {
    readonly shareName: string
    readonly storageAccountName: string
    readonly storageAccountKey?: string
    readonly readOnly?: boolean
  }
  readonly gitRepo?: { readonly repository: string }
}

/** What the platform did to a container or a group. */
export interface EventBody {
  readonly count: number
  readonly firstTimestamp: string
  readonly lastTimestamp: string
  readonly name: string
  readonly message: string
  readonly type: 'Normal' | 'Warning'
}
