using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace McpBilling.Storage.Writing;

/// <summary>JSON of rows, written by hand into the same memory each time: the writer's thread writes thousands a second. Of one thread.</summary>
internal sealed class RowJson : IDisposable
{
    private readonly ArrayBufferWriter<byte> _text = new(16 * 1024);
    private readonly Utf8JsonWriter _writer;

    public RowJson() => _writer = new Utf8JsonWriter(_text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });

    /// <returns>What was written, as UTF-8; good until the next.</returns>
    public ReadOnlyMemory<byte> Of<T>(T value, Action<Utf8JsonWriter, T> write)
    {
        _text.ResetWrittenCount();
        _writer.Reset();
        write(_writer, value);
        _writer.Flush();
        return _text.WrittenMemory;
    }

    public void Dispose() => _writer.Dispose();
}
