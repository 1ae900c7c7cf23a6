using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using McpBilling.Catalog;
using McpBilling.Money;
using McpBilling.Operations;

namespace McpBilling;

/// <summary>Source-generated readers and writers of everything that crosses a door as JSON, in the conventions of <see cref="BillingJsonOptions"/>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    MaxDepth = BillingJsonOptions.MaxDepth,
    Converters = [typeof(DecimalJsonConverter), typeof(InstantJsonConverter), typeof(SnakeCaseEnumConverter)])]
[JsonSerializable(typeof(CatalogDocument))]
[JsonSerializable(typeof(CatalogArchive))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(GetCatalogInput))]
[JsonSerializable(typeof(GetCatalogOutput))]
[JsonSerializable(typeof(ApplyCatalogInput))]
[JsonSerializable(typeof(ApplyCatalogOutput))]
[JsonSerializable(typeof(DefineAssetInput))]
[JsonSerializable(typeof(DefineMeterInput))]
[JsonSerializable(typeof(DefineProductInput))]
[JsonSerializable(typeof(DefinePriceInput))]
[JsonSerializable(typeof(ArchiveCatalogItemInput))]
public sealed partial class BillingJson : JsonSerializerContext;
