import protobuf from 'protobufjs'
import descriptor from 'protobufjs/ext/descriptor/index.js'
import type { ProtoFile } from './protos.ts'

/** A file as reflection hands it out. */
export interface FileDescriptor {
  readonly name: string
  readonly imports: readonly string[]
  /** Full names of what the file declares: messages, fields, enums and their values, services, methods. */
  readonly symbols: readonly string[]
  readonly services: readonly string[]
  /** A google.protobuf.FileDescriptorProto. */
  readonly bytes: Uint8Array
}

/** google.protobuf.FieldDescriptorProto.Type */
const scalarTypes: Readonly<Record<string, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  fixed64: 6,
  fixed32: 7,
  bool: 8,
  string: 9,
  bytes: 12,
  uint32: 13,
  sfixed32: 15,
  sfixed64: 16,
  sint32: 17,
  sint64: 18,
}
const messageType = 11
const enumType = 14
/** google.protobuf.FieldDescriptorProto.Label */
const labels = { optional: 1, repeated: 3 } as const

/**
 * Files as descriptors (google/protobuf/descriptor.proto), with the names and imports that the files have;
 * the library's own conversion leaves both out, and a client cannot link such files.
 *
 * @param root the tree of all the files, to look up what a name stands for.
 */
export function describeFiles(files: readonly ProtoFile[], root: protobuf.Root): readonly FileDescriptor[] {
  return files.map(file => {
    const alone = new protobuf.Root()
    const parsed = protobuf.parse(file.text, alone, { keepCase: true })
    const scope = parsed.package ?? ''
    const declared = (alone.lookup(scope) as protobuf.NamespaceBase).nestedArray
    const services = declared.filter(one => one instanceof protobuf.Service)
    const content = {
      name: file.name,
      package: scope,
      dependency: parsed.imports ?? [],
      messageType: messagesOf(declared, root),
      enumType: enumsOf(declared),
      service: services.map(service => describeService(service, root)),
      syntax: 'proto3',
    }
    return {
      name: file.name,
      imports: parsed.imports ?? [],
      symbols: declared.flatMap(symbolsOf).map(name => name.slice(1)),
      services: services.map(service => service.fullName.slice(1)),
      bytes: descriptor.FileDescriptorProto.encode(
        descriptor.FileDescriptorProto.fromObject(content),
      ).finish(),
    }
  })
}

type Declared = readonly protobuf.ReflectionObject[]

function symbolsOf(one: protobuf.ReflectionObject): readonly string[] {
  if (one instanceof protobuf.Service)
    return [one.fullName, ...one.methodsArray.map(method => `${one.fullName}.${method.name}`)]
  // A value of an enum is a sibling of the enum, as in C.
  if (one instanceof protobuf.Enum)
    return [one.fullName, ...Object.keys(one.values).map(value => `${one.parent?.fullName}.${value}`)]
  if (!(one instanceof protobuf.Type)) return []
  const fields = one.fieldsArray.map(field => `${one.fullName}.${field.name}`)
  return [one.fullName, ...fields, ...one.nestedArray.flatMap(symbolsOf)]
}

function messagesOf(declared: Declared, root: protobuf.Root): readonly object[] {
  return declared.filter(one => one instanceof protobuf.Type).map(type => describeMessage(type, root))
}

function enumsOf(declared: Declared): readonly object[] {
  return declared
    .filter(one => one instanceof protobuf.Enum)
    .map(({ name, values }) => ({
      name,
      value: Object.entries(values).map(([valueName, number]) => ({ name: valueName, number })),
    }))
}

function describeMessage(type: protobuf.Type, root: protobuf.Root): object {
  const maps = type.fieldsArray.filter(field => field instanceof protobuf.MapField)
  return {
    name: type.name,
    field: type.fieldsArray.map(field => describeField(type, field, root)),
    nestedType: [
      ...messagesOf(type.nestedArray, root),
      ...maps.map(field => ({
        name: entryName(field),
        field: [
          { name: 'key', number: 1, label: labels.optional, ...typeOf(field.keyType, type, root) },
          { name: 'value', number: 2, label: labels.optional, ...typeOf(field.type, type, root) },
        ],
        options: { mapEntry: true },
      })),
    ],
    enumType: enumsOf(type.nestedArray),
    oneofDecl: type.oneofsArray.map(({ name }) => ({ name })),
  }
}

function describeField(type: protobuf.Type, field: protobuf.Field, root: protobuf.Root): object {
  const isMap = field instanceof protobuf.MapField
  return {
    name: field.name,
    jsonName: protobuf.util.camelCase(field.name),
    number: field.id,
    label: field.repeated || isMap ? labels.repeated : labels.optional,
    ...(isMap
      ? { type: messageType, typeName: `${type.fullName}.${entryName(field)}` }
      : typeOf(field.type, type, root)),
    ...(field.partOf && { oneofIndex: type.oneofsArray.indexOf(field.partOf) }),
  }
}

/** The name of a map's entry as protoc has it: `StatusesEntry` for `statuses`. */
function entryName(field: protobuf.Field): string {
  const words = field.name.split('_').map(word => word.charAt(0).toUpperCase() + word.slice(1))
  return `${words.join('')}Entry`
}

function typeOf(name: string, scope: protobuf.Type, root: protobuf.Root): object {
  const scalar = scalarTypes[name]
  if (scalar !== undefined) return { type: scalar }
  const found = (root.lookup(scope.fullName) as protobuf.Type).lookupTypeOrEnum(name)
  return { type: found instanceof protobuf.Enum ? enumType : messageType, typeName: found.fullName }
}

function describeService(service: protobuf.Service, root: protobuf.Root): object {
  const fullName = (name: string): string =>
    (root.lookup(service.fullName) as protobuf.Service).lookupType(name).fullName
  return {
    name: service.name,
    method: service.methodsArray.map(method => ({
      name: method.name,
      inputType: fullName(method.requestType),
      outputType: fullName(method.responseType),
      clientStreaming: method.requestStream === true,
      serverStreaming: method.responseStream === true,
    })),
  }
}
