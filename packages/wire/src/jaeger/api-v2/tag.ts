import type { FieldReader } from '../../protobuf/field-reader.ts'
import { badProtobuf } from '../../protobuf/field-reader.ts'
import { wireTypes } from '../../protobuf/schema.ts'
import type { Tag } from '../tag.ts'
import { clearTag, tagTypes } from '../tag.ts'

/** The types of {@link Tag} by the values of ValueType: STRING, BOOL, INT64, FLOAT64, BINARY. */
const types = [tagTypes.string, tagTypes.bool, tagTypes.long, tagTypes.double, tagTypes.binary]

/**
 * Reads the KeyValue that the field at hand holds into `tag` (jaeger-idl, proto/api_v2/model.proto):
 *
 *     message KeyValue { string key = 1; ValueType v_type = 2; string v_str = 3; bool v_bool = 4;
 *                        int64 v_int64 = 5; double v_float64 = 6; bytes v_binary = 7; }
 *
 * A value that is meant but absent is the default of its type, as everywhere in proto3.
 */
export function readKeyValue(reader: FieldReader, tag: Tag, name: string): void {
  const end = reader.enter(name)
  clearTag(tag)
  while (reader.next(end)) {
    switch (reader.fieldId) {
      case 1:
        reader.string('KeyValue.key')
        tag.keyStart = reader.start
        tag.keyEnd = reader.end
        break
      case 2:
        reader.expect(wireTypes.varint, 'KeyValue.v_type')
        tag.type = typeAt(reader)
        break
      case 3:
        reader.string('KeyValue.v_str')
        tag.stringStart = reader.start
        tag.stringEnd = reader.end
        break
      case 4:
        reader.expect(wireTypes.varint, 'KeyValue.v_bool')
        tag.bool = (reader.high | reader.low) !== 0
        break
      case 5:
        reader.expect(wireTypes.varint, 'KeyValue.v_int64')
        tag.high = reader.high
        tag.low = reader.low
        break
      case 6:
        reader.expect(wireTypes.fixed64, 'KeyValue.v_float64')
        tag.double = reader.view.getFloat64(reader.position - 8, true)
        break
      case 7:
        reader.expect(wireTypes.length, 'KeyValue.v_binary')
        tag.binaryStart = reader.start
        tag.binaryEnd = reader.end
    }
  }
}

function typeAt({ high, low, position }: FieldReader): number {
  const type = high === 0 ? types[low] : undefined
  if (type === undefined) throw badProtobuf(`${low >>> 0} is no type of a tag`, position)
  return type
}
