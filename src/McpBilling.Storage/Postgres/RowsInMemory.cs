using System.Collections;
using System.Data.Common;
using System.Globalization;
using Npgsql;

namespace McpBilling.Storage.Postgres;

/// <summary>The rows of a command, read to the end.</summary>
internal sealed class RowsInMemory : DbDataReader
{
    private readonly string[] _names;
    private readonly Type[] _types;
    private readonly List<object[]> _rows = [];
    private int _at = -1;
    private bool _closed;

    public RowsInMemory(NpgsqlDataReader reader)
    {
        _names = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
        // All integers of the shared dialect have 64 bits; a literal of PostgreSQL has 32.
        _types = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetFieldType).Select(t => t == typeof(int) ? typeof(long) : t)];
        RecordsAffected = reader.RecordsAffected;
        while (reader.Read())
        {
            var values = new object[_names.Length];
            reader.GetValues(values);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = values[i] switch
                {
                    int number => (long)number,
                    string text => PostgresText.Decode(text),
                    var value => value,
                };
            }
            _rows.Add(values);
        }
    }

    public override int Depth => 0;

    public override int FieldCount => _names.Length;

    public override bool HasRows => _rows.Count > 0;

    public override bool IsClosed => _closed;

    public override int RecordsAffected { get; }

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override bool Read() => ++_at < _rows.Count;

    public override bool NextResult() => false;

    public override void Close() => _closed = true;

    public override object GetValue(int ordinal) => _rows[_at][ordinal];

    public override int GetValues(object[] values)
    {
        int count = Math.Min(values.Length, FieldCount);
        Array.Copy(_rows[_at], values, count);
        return count;
    }

    public override bool IsDBNull(int ordinal) => GetValue(ordinal) is DBNull;

    public override string GetName(int ordinal) => _names[ordinal];

    public override int GetOrdinal(string name)
    {
        int at = Array.FindIndex(_names, n => n.Equals(name, StringComparison.OrdinalIgnoreCase));
        return at >= 0 ? at : throw new ArgumentOutOfRangeException(nameof(name), name, "no such column");
    }

    public override Type GetFieldType(int ordinal) => _types[ordinal];

    public override string GetDataTypeName(int ordinal) => _types[ordinal].Name;

    public override string GetString(int ordinal) => (string)GetValue(ordinal);

    public override long GetInt64(int ordinal) => Convert.ToInt64(GetValue(ordinal), CultureInfo.InvariantCulture);

    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    public override bool GetBoolean(int ordinal) => GetValue(ordinal) is bool yes ? yes : GetInt64(ordinal) != 0;

    public override decimal GetDecimal(int ordinal) => Convert.ToDecimal(GetValue(ordinal), CultureInfo.InvariantCulture);

    public override double GetDouble(int ordinal) => Convert.ToDouble(GetValue(ordinal), CultureInfo.InvariantCulture);

    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    public override char GetChar(int ordinal) => GetString(ordinal)[0];

    public override DateTime GetDateTime(int ordinal) => (DateTime)GetValue(ordinal);

    public override Guid GetGuid(int ordinal) => (Guid)GetValue(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) => throw new NotSupportedException();

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) => throw new NotSupportedException();

    public override IEnumerator GetEnumerator() => new DbEnumerator(this);
}
