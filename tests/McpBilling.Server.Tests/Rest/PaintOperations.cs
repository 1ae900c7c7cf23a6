using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpBilling.Operations;

namespace McpBilling.Server.Tests.Rest;

// Operations of an imaginary paint shop: every kind of input and output that the projection has to carry, and none of the rules of billing.

public sealed record MixPaintInput : ICheckedInput
{
    [StringLength(16, MinimumLength = 1)]
    public required string PotId { get; init; }

    [Range(1, 100)]
    public required int Litres { get; init; }

    public decimal? Strength { get; init; }

    [JsonShape(JsonShapeAttribute.FlatProperties)]
    public JsonElement? Properties { get; init; }

    [StringLength(255, MinimumLength = 1)]
    public required string IdempotencyKey { get; init; }

    public bool IsWithinBounds() => PotId.Length is >= 1 and <= 16 && !PotId.Any(char.IsControl) && Litres is >= 1 and <= 100
        && IdempotencyKey.Length is >= 1 and <= 255 && !IdempotencyKey.Any(char.IsControl) && Properties is null or { ValueKind: JsonValueKind.Object };
}

public sealed record PaintOutput : ICreated, IRawJson
{
    public required string PotId { get; init; }
    public required int Litres { get; init; }
    public decimal? Strength { get; init; }
    public string? Key { get; init; }

    [JsonIgnore]
    public bool Created { get; init; }

    [JsonIgnore]
    public ReadOnlyMemory<byte> Utf8Json { get; init; }
}

public sealed record ListPaintInput
{
    [StringLength(16, MinimumLength = 1)]
    public required string PotId { get; init; }

    [Range(1, 50)]
    public int? Limit { get; init; }

    public bool Newest { get; init; }
}

public sealed record StirPaintInput
{
    [StringLength(16, MinimumLength = 1)]
    public required string PotId { get; init; }

    public required StirSpeed Speed { get; init; }

    public string? IdempotencyKey { get; init; }
}

public enum StirSpeed
{
    Slow,
    VeryFast,
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(MixPaintInput))]
[JsonSerializable(typeof(ListPaintInput))]
[JsonSerializable(typeof(StirPaintInput))]
[JsonSerializable(typeof(PaintOutput))]
internal sealed partial class PaintJson : JsonSerializerContext;

/// <summary>An operation that is a function.</summary>
internal sealed class PaintOperation<TInput> : Operation<TInput, PaintOutput>
    where TInput : class
{
    private readonly Func<TInput, PaintOutput> run;

    [SetsRequiredMembers]
    public PaintOperation(string name, string route, string scope, Func<TInput, PaintOutput> run)
    {
        (Name, Title, Description, Route, Scope) = (name, name, name, route, scope);
        this.run = run;
    }

    public int Calls { get; private set; }

    public override ValueTask<PaintOutput> Run(TInput input, Caller caller, IBilling billing, CancellationToken cancellation)
    {
        Calls++;
        return ValueTask.FromResult(run(input));
    }
}
