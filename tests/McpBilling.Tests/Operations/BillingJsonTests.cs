using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using McpBilling.Catalog;
using McpBilling.Operations;
using McpBilling.Pricing;

namespace McpBilling.Tests.Operations;

public class BillingJsonTests
{
    public static TheoryData<Type> RecordTypes => [.. Reachable().Where(t => t.GetConstructor(BindingFlags.Instance | BindingFlags.Public, []) is not null)];

    [Fact]
    public void The_source_generated_context_follows_the_conventions()
    {
        var wanted = BillingJsonOptions.Create(BillingJson.Default);
        var actual = BillingJson.Default.Options;
        Assert.Equal(wanted.PropertyNamingPolicy, actual.PropertyNamingPolicy);
        Assert.Equal(wanted.DefaultIgnoreCondition, actual.DefaultIgnoreCondition);
        Assert.Equal(wanted.UnmappedMemberHandling, actual.UnmappedMemberHandling);
        Assert.Equal(wanted.AllowDuplicateProperties, actual.AllowDuplicateProperties);
        Assert.Equal(wanted.NumberHandling, actual.NumberHandling);
        Assert.Equal(wanted.RespectNullableAnnotations, actual.RespectNullableAnnotations);
        Assert.Equal(wanted.RespectRequiredConstructorParameters, actual.RespectRequiredConstructorParameters);
        Assert.Equal(wanted.MaxDepth, actual.MaxDepth);
        Assert.Equal(wanted.Converters.Select(c => c.GetType()), actual.Converters.Select(c => c.GetType()));
    }

    // The source generator sets an absent init-only property to null or zero, so a default there is silently lost. Such a property needs `set`.
    [Theory]
    [MemberData(nameof(RecordTypes))]
    public void No_default_hides_behind_an_init_only_property(Type type)
    {
        object fresh = Activator.CreateInstance(type)!;
        var lost = type.GetProperties().Where(p => p.SetMethod?.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) == true
            && p.GetCustomAttribute<RequiredMemberAttribute>() is null
            && p.GetValue(fresh) is { } value && !(p.PropertyType.IsValueType && value.Equals(Activator.CreateInstance(p.PropertyType))));
        Assert.Empty(lost.Select(p => p.Name));
    }

    [Fact]
    public void Absent_fields_take_their_documented_defaults()
    {
        var product = JsonSerializer.Deserialize("""{"id":"p"}""", BillingJson.Default.ProductDefinition)!;
        Assert.True(product.PayAsYouGo);
        Assert.Empty(product.Prices);
        var price = JsonSerializer.Deserialize("""{"id":"p","meter":"m","asset":"usd","model":"flat"}""", BillingJson.Default.PriceDefinition)!;
        Assert.True(price.Carry);
        Assert.Equal(RatingPeriod.Month, price.Period);
        Assert.Equal(6, JsonSerializer.Deserialize("""{"id":"a"}""", BillingJson.Default.AssetDefinition)!.Scale);
    }

    [Theory]
    [InlineData("""{"id":"a","id":"b"}""")]
    [InlineData("""{"id":"a","colour":"red"}""")]
    [InlineData("""{"id":"a","rounding":1}""")]
    [InlineData("""{"id":"a","scale":"six"}""")]
    [InlineData("""{"id":null}""")]
    [InlineData("{}")]
    public void What_is_unknown_doubled_mistyped_or_missing_is_not_read(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, BillingJson.Default.AssetDefinition));

    private static HashSet<Type> Reachable()
    {
        var found = new HashSet<Type>();
        var open = new Stack<Type>(typeof(BillingJson).GetProperties().Select(p => p.PropertyType).Where(t => t.IsGenericType && t.GetGenericTypeDefinition() == typeof(JsonTypeInfo<>)).Select(t => t.GetGenericArguments()[0]));
        while (open.TryPop(out var type))
        {
            if (type.Namespace?.StartsWith("McpBilling", StringComparison.Ordinal) == true && type.IsClass)
            {
                found.Add(type);
            }
        }
        Assert.Contains(typeof(PriceDefinition), found);
        return found;
    }
}
