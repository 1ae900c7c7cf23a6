using System.Net.Http.Headers;
using System.Text;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Hostile;

/// <summary>
/// What a careless or hostile program may send. Each is told what is wrong, and where; none is answered with 500 or with the insides of the program; and
/// none changes a byte of the data.
/// </summary>
public sealed class HostileRequestsTests(HostileShop shop) : IClassFixture<HostileShop>
{
    private const string Usage = "/v1/usage", Grant = "/v1/grants", Authorize = "/v1/usage/authorize", Customers = "/v1/customers", Apply = "/v1/catalog/apply";
    private static readonly string TooManyNines = new('9', 400);

    /// <summary>What, method and path, body, status, code, field (null: none is named).</summary>
    public static TheoryData<string, string, string?, int, string, string?> Requests { get; } = new()
    {
        // not JSON, or not the JSON that was asked for
        { "malformed", $"POST {Usage}", """{"id":"x" "customer_id":"alice"}""", 400, "invalid_request", null },
        { "cut off", $"POST {Usage}", """{"id":"x","customer_id":"ali""", 400, "invalid_request", null },
        { "a list for an object", $"POST {Usage}", "[1,2]", 400, "invalid_request", null },
        { "a number for an object", $"POST {Grant}", "7", 400, "invalid_request", null },
        { "null for an object", $"POST {Authorize}", "null", 400, "invalid_request", null },
        { "nothing", $"POST {Usage}", "", 400, "invalid_request", "id" },
        { "no fields", $"POST {Grant}", "{}", 400, "invalid_request", "customer_id" },
        { "a field twice", $"POST {Usage}", """{"id":"x","customer_id":"alice","customer_id":"bob","event_type":"image.generated"}""", 400, "invalid_request", null },
        { "two documents", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated"}{}""", 400, "invalid_request", null },
        { "a comment", $"POST {Usage}", """{"id":"x",/* */"customer_id":"alice","event_type":"image.generated"}""", 400, "invalid_request", null },
        { "deeper than any stack", $"POST {Usage}", new string('[', 100_000), 400, "invalid_request", null },
        { "deep metadata", $"POST {Customers}", """{"id":"alice","metadata":""" + Nested(200) + "}", 400, "invalid_request", null },
        { "single quotes", $"POST {Usage}", "{'id':'x'}", 400, "invalid_request", null },
        { "a byte order mark of UTF-16", $"POST {Usage}", "\uFEFF{}", 400, "invalid_request", null },

        // fields that are unknown, missing, or of another kind
        { "a mistyped field", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","quantitty":"1"}""", 400, "invalid_request", "quantitty" },
        { "a field from elsewhere", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","workspace_id":2}""", 400, "invalid_request", "workspace_id" },
        { "a price of one's own", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","amount":"0"}""", 400, "invalid_request", "amount" },
        { "no customer", $"POST {Usage}", """{"id":"x","event_type":"image.generated"}""", 400, "invalid_request", "customer_id" },
        { "no id", $"POST {Usage}", """{"customer_id":"alice","event_type":"image.generated"}""", 400, "invalid_request", "id" },
        { "no idempotency key", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"1"}""", 400, "invalid_request", "idempotency_key" },
        { "a required field that is null", $"POST {Grant}", """{"customer_id":null,"asset":"usd","amount":"1","idempotency_key":"k"}""", 400, "invalid_request", "customer_id" },
        { "a number for a text", $"POST {Usage}", """{"id":5,"customer_id":"alice","event_type":"image.generated"}""", 400, "invalid_request", "id" },
        { "an object for a text", $"POST {Usage}", """{"id":{"$ne":null},"customer_id":"alice","event_type":"image.generated"}""", 400, "invalid_request", "id" },
        { "a list for a text", $"POST {Grant}", """{"customer_id":["alice"],"asset":"usd","amount":"1","idempotency_key":"k"}""", 400, "invalid_request", "customer_id" },
        { "a text for an object", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","properties":"a"}""", 400, "invalid_request", "properties" },
        { "nested properties", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","properties":{"a":{"b":1}}}""", 400, "invalid_request", "properties.a" },
        { "a number for true or false", $"POST {Authorize}", """{"customer_id":"alice","asset":"usd","amount":"1","allow_partial":1,"idempotency_key":"k"}""", 400, "invalid_request", "allow_partial" },
        { "an unknown word", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","on_insufficient":"steal"}""", 400, "invalid_request", "on_insufficient" },
        { "an unknown source", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"1","source":"reversal","idempotency_key":"k"}""", 400, "invalid_request", "source" },
        { "events that are no list", $"POST {Usage}/batch", """{"events":{}}""", 400, "invalid_request", "events" },
        { "no events", $"POST {Usage}/batch", """{"events":[]}""", 400, "invalid_request", "events" },
        { "1,001 events", $"POST {Usage}/batch", $$"""{"events":[{{string.Join(',', Enumerable.Range(0, 1001).Select(i => $$"""{"id":"{{i}}","customer_id":"alice","event_type":"image.generated"}"""))}}]}""", 400, "invalid_request", "events" },
        { "one bad event of two", $"POST {Usage}/batch", """{"events":[{"id":"x1","customer_id":"alice","event_type":"image.generated"},{"id":"x2","customer_id":"alice"}]}""", 400, "invalid_request", "events[1].event_type" },

        // numbers
        { "not a number", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":NaN,"idempotency_key":"k"}""", 400, "invalid_request", null },
        { "NaN as text", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"NaN","idempotency_key":"k"}""", 400, "invalid_request", "amount" },
        { "infinity", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"Infinity","idempotency_key":"k"}""", 400, "invalid_request", "amount" },
        { "1e400", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":1e400,"idempotency_key":"k"}""", 400, "invalid_request", "amount" },
        { "400 nines", $"POST {Grant}", $$"""{"customer_id":"alice","asset":"usd","amount":{{TooManyNines}},"idempotency_key":"k"}""", 400, "invalid_request", "amount" },
        { "400 nines as text", $"POST {Usage}", $$"""{"id":"x","customer_id":"alice","event_type":"image.generated","quantity":"{{TooManyNines}}"}""", 400, "invalid_request", "quantity" },
        { "13 decimals", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","quantity":"0.1234567890123"}""", 400, "invalid_request", "quantity" },
        { "10 decimals of a nano-dollar", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"0.0000000001","idempotency_key":"k"}""", 422, "amount_invalid", "amount" },
        { "3 decimals of 2", $"POST {Grant}", """{"customer_id":"alice","asset":"credits","amount":"0.001","idempotency_key":"k"}""", 422, "amount_invalid", "amount" },
        { "hexadecimal", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"0x10","idempotency_key":"k"}""", 400, "invalid_request", "amount" },
        { "a comma", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"1,50","idempotency_key":"k"}""", 400, "invalid_request", "amount" },
        { "Arabic digits", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"١٢","idempotency_key":"k"}""", 400, "invalid_request", "amount" },
        { "a blank amount", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":" ","idempotency_key":"k"}""", 400, "invalid_request", "amount" },
        { "an amount with a sign of its currency", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"$1","idempotency_key":"k"}""", 400, "invalid_request", "amount" },
        { "a grant below zero", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"-1","idempotency_key":"k"}""", 422, "amount_invalid", "amount" },
        { "a grant of nothing", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"0","idempotency_key":"k"}""", 422, "amount_invalid", "amount" },
        { "more than 64 bits", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"9223372037","idempotency_key":"k"}""", 422, "amount_invalid", "amount" },
        { "a sum of more than 64 bits", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"9223372036.854775807","idempotency_key":"k"}""", 422, "amount_invalid", "amount" },
        { "an authorization below zero", $"POST {Authorize}", """{"customer_id":"alice","asset":"usd","amount":"-0.01","idempotency_key":"k"}""", 422, "amount_invalid", "amount" },
        { "a quantity below zero", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","quantity":"-1"}""", 400, "invalid_request", "quantity" },
        { "a quantity beyond 10^15", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","quantity":"1000000000000001"}""", 400, "invalid_request", "quantity" },
        { "a charge of more than 64 bits", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","quantity":"1000000000000000"}""", 422, "amount_invalid", "quantity" },
        { "a priority of 101", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"1","priority":101,"idempotency_key":"k"}""", 400, "invalid_request", "priority" },
        { "half a priority", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"1","priority":1.5,"idempotency_key":"k"}""", 400, "invalid_request", "priority" },
        { "a hold for a second less than none", $"POST {Authorize}", """{"customer_id":"alice","asset":"usd","amount":"1","ttl_seconds":-1,"idempotency_key":"k"}""", 400, "invalid_request", "ttl_seconds" },
        { "a hold for longer than a day", $"POST {Authorize}", """{"customer_id":"alice","asset":"usd","amount":"1","ttl_seconds":86401,"idempotency_key":"k"}""", 400, "invalid_request", "ttl_seconds" },
        { "to reverse nothing", $"POST {Usage}/e1/reverse", """{"customer_id":"alice","quantity":"0","idempotency_key":"k"}""", 400, "invalid_request", "quantity" },
        { "to reverse more than there is", $"POST {Usage}/e1/reverse", """{"customer_id":"alice","quantity":"5.000000000001","idempotency_key":"k"}""", 422, "reversal_too_large", "quantity" },
        { "to void more than there is", $"POST {Grant}/{{alice's grant}}/void", """{"amount":"10","idempotency_key":"k"}""", 422, "grant_insufficient", "amount" },

        // times
        { "no time at all", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","timestamp":"yesterday"}""", 400, "invalid_request", "timestamp" },
        { "a time without an offset", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","timestamp":"2026-11-24T10:00:00"}""", 400, "invalid_request", "timestamp" },
        { "seconds since 1970", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","timestamp":1700000000}""", 400, "invalid_request", "timestamp" },
        { "the 31st of February", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","timestamp":"2026-02-31T10:00:00Z"}""", 400, "invalid_request", "timestamp" },
        { "the year 1", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","timestamp":"0001-01-01T00:00:00Z"}""", 400, "invalid_request", "timestamp" },
        { "the year 10000", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"1","expires_at":"10000-01-01T00:00:00Z","idempotency_key":"k"}""", 400, "invalid_request", "expires_at" },
        { "years ago", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","timestamp":"2020-01-01T00:00:00Z"}""", 400, "invalid_request", "timestamp" },
        { "in a thousand years", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","timestamp":"3000-01-01T00:00:00Z"}""", 400, "invalid_request", "timestamp" },
        { "to end before it begins", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"1","effective_at":"2030-01-02T00:00:00Z","expires_at":"2030-01-01T00:00:00Z","idempotency_key":"k"}""", 400, "invalid_request", "expires_at" },
        { "time going back", "POST /v1/test-clock", """{"now":"2020-01-01T00:00:00Z"}""", 409, "clock_conflict", "now" },

        // texts
        { "SQL for a customer", $"POST {Usage}", """{"id":"x","customer_id":"alice'; DROP TABLE customer; --","event_type":"image.generated"}""", 400, "invalid_request", "customer_id" },
        { "SQL for an asset", $"POST {Grant}", """{"customer_id":"alice","asset":"usd' OR '1'='1","amount":"1","idempotency_key":"k"}""", 404, "asset_not_found", "asset" },
        { "NUL in an id", $"POST {Usage}", """{"id":"x\u0000y","customer_id":"alice","event_type":"image.generated"}""", 400, "invalid_request", "id" },
        { "a line break in an id", $"POST {Usage}", """{"id":"x\nINFO all is well","customer_id":"alice","event_type":"image.generated"}""", 400, "invalid_request", "id" },
        { "the colours of a terminal", $"POST {Grant}", """{"customer_id":"alice\u001b[31m","asset":"usd","amount":"1","idempotency_key":"k"}""", 400, "invalid_request", "customer_id" },
        { "writing from right to left", $"POST {Usage}", """{"id":"x","customer_id":"alice\u202e","event_type":"image.generated"}""", 400, "invalid_request", "customer_id" },
        { "a Cyrillic а in alice", $"POST {Usage}", """{"id":"x","customer_id":"аlice","event_type":"image.generated"}""", 400, "invalid_request", "customer_id" },
        { "half a surrogate pair", $"POST {Usage}", """{"id":"\ud800","customer_id":"alice","event_type":"image.generated"}""", 400, "invalid_request", "id" },
        { "a field named by half a surrogate pair", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","\udfff":1}""", 400, "invalid_request", null },
        { "an empty id", $"POST {Usage}", """{"id":"","customer_id":"alice","event_type":"image.generated"}""", 400, "invalid_request", "id" },
        { "an id of 256 characters", $"POST {Usage}", $$"""{"id":"{{new string('x', 256)}}","customer_id":"alice","event_type":"image.generated"}""", 400, "invalid_request", "id" },
        { "a customer of 129 characters", $"POST {Customers}", $$"""{"id":"{{new string('x', 129)}}"}""", 400, "invalid_request", "id" },
        { "51 properties", $"POST {Usage}", $$$"""{"id":"x","customer_id":"alice","event_type":"image.generated","properties":{{{{string.Join(',', Enumerable.Range(0, 51).Select(i => $"\"p{i}\":1"))}}}}}""", 400, "invalid_request", "properties" },
        { "a property of 600 characters", $"POST {Usage}", $$$"""{"id":"x","customer_id":"alice","event_type":"image.generated","properties":{"p":"{{{new string('x', 600)}}}"}}""", 400, "invalid_request", "properties" },
        { "metadata of 5 KB", $"POST {Customers}", $$$"""{"id":"alice","metadata":{"a":"{{{new string('x', 5000)}}}"}}""", 400, "invalid_request", "metadata" },
        { "a seconds property that is a word", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"video.generated","properties":{"seconds":"long"}}""", 400, "invalid_event", "properties.seconds" },
        { "a seconds property that is missing", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"video.generated"}""", 400, "invalid_event", "properties.seconds" },
        { "a seconds property below zero", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"video.generated","properties":{"seconds":-1}}""", 400, "invalid_event", "properties.seconds" },

        // what does not exist, or belongs to another
        { "a hold that is made up", "POST /v1/holds/hold_01234567-89ab-7def-8123-456789abcdef/capture", """{"amount":"1","idempotency_key":"k"}""", 404, "hold_not_found", "hold_id" },
        { "a hold that is a word", "POST /v1/holds/x/void", """{"idempotency_key":"k"}""", 404, "hold_not_found", "hold_id" },
        { "a grant for a hold", "POST /v1/holds/{alice's grant}/void", """{"idempotency_key":"k"}""", 404, "hold_not_found", "hold_id" },
        { "a hold for a grant", $"POST {Grant}/{{alice's hold}}/void", """{"idempotency_key":"k"}""", 404, "grant_not_found", "grant_id" },
        { "the hold of another workspace", "POST /v1/holds/{live alice's hold}/capture", """{"amount":"1","idempotency_key":"k"}""", 404, "hold_not_found", "hold_id" },
        { "the grant of another workspace", $"POST {Grant}/{{live alice's grant}}/void", """{"idempotency_key":"k"}""", 404, "grant_not_found", "grant_id" },
        { "the event of another workspace", $"POST {Usage}/live-event/reverse", """{"customer_id":"alice","idempotency_key":"k"}""", 404, "event_not_found", "event_id" },
        { "usage on another customer's hold", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","hold_id":"{bob's hold}"}""", 404, "hold_not_found", "hold_id" },
        { "another customer's event", $"POST {Usage}/live-event/reverse", """{"customer_id":"bob","idempotency_key":"k"}""", 404, "event_not_found", "event_id" },
        { "to reverse for nobody", $"POST {Usage}/e1/reverse", """{"customer_id":"nobody","idempotency_key":"k"}""", 404, "customer_not_found", "customer_id" },
        { "a hold captured before", "POST /v1/holds/{captured hold}/capture", """{"amount":"1","idempotency_key":"other"}""", 409, "hold_already_captured", "hold_id" },
        { "an asset that is mistyped", $"POST {Authorize}", """{"customer_id":"alice","asset":"credit","amount":"1","idempotency_key":"k"}""", 404, "asset_not_found", "asset" },
        { "a product that is not there", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"1","products":["songs"],"idempotency_key":"k"}""", 404, "catalog_item_not_found", "products[0]" },
        { "the same key for other input", $"POST {Grant}", """{"customer_id":"alice","asset":"usd","amount":"11","idempotency_key":"welcome"}""", 409, "idempotency_conflict", "idempotency_key" },
        { "the same event with other input", $"POST {Usage}", """{"id":"e1","customer_id":"alice","event_type":"image.generated","quantity":"6"}""", 409, "idempotency_conflict", "id" },
        { "to capture an event twice", "POST /v1/holds/{alice's hold}/capture", """{"event":{"id":"e1","event_type":"image.generated"},"idempotency_key":"k"}""", 409, "idempotency_conflict", "event.id" },
        { "event and amount", "POST /v1/holds/{alice's hold}/capture", """{"amount":"1","event":{"id":"x","event_type":"image.generated"},"idempotency_key":"k"}""", 400, "invalid_request", "event" },
        { "neither event nor amount", "POST /v1/holds/{alice's hold}/capture", """{"idempotency_key":"k"}""", 400, "invalid_request", "amount" },
        { "more than there is, refused whole", $"POST {Usage}", """{"id":"x","customer_id":"alice","event_type":"image.generated","quantity":"100000","on_insufficient":"reject"}""", 422, "insufficient_balance", null },
        { "a hold in the address and another in the body", "POST /v1/holds/{alice's hold}/capture", """{"hold_id":"{bob's hold}","amount":"1","idempotency_key":"k"}""", 400, "invalid_request", "hold_id" },

        // catalogs
        { "no document", $"POST {Apply}", "{}", 400, "invalid_request", "document" },
        { "a document that is a text", $"POST {Apply}", """{"document":"{}"}""", 400, "invalid_request", "document" },
        { "a price below zero", $"POST {Apply}", Priced("""{"model":"per_unit","unit_price":"-1"}"""), 400, "invalid_catalog", "products[0].prices[0].unit_price" },
        { "a price with 13 decimals", $"POST {Apply}", Priced("""{"model":"per_unit","unit_price":"0.0000000000001"}"""), 400, "invalid_catalog", "products[0].prices[0].unit_price" },
        { "tiers that do not ascend", $"POST {Apply}", Priced("""{"model":"graduated","tiers":[{"up_to":"10","unit_price":"1"},{"up_to":"10","unit_price":"2"},{"up_to":null,"unit_price":"3"}]}"""), 400, "invalid_catalog", "products[0].prices[0].tiers[1].up_to" },
        { "a model that is not there", $"POST {Apply}", Priced("""{"model":"magic"}"""), 400, "invalid_catalog", "products[0].prices[0].model" },
        { "plans", $"POST {Apply}", """{"document":{"plans":[]}}""", 400, "invalid_catalog", "plans" },
        { "a version from yesterday", $"POST {Apply}", """{"document":{},"expected_version":0}""", 409, "version_conflict", "expected_version" },

        // addresses
        { "nothing there", "GET /v1/secrets", null, 404, "not_found", null },
        { "up and away", "GET /v1/../../etc/passwd", null, 404, "not_found", null },
        { "another method", $"GET {Grant}", null, 405, "method_not_allowed", null },
        { "another method still", $"DELETE {Customers}/alice/wallet", null, 405, "method_not_allowed", null },
        { "a customer who is not there", $"GET {Customers}/nobody/wallet", null, 404, "customer_not_found", "customer_id" },
        { "a customer of the live workspace", $"GET {Customers}/only-live/wallet", null, 404, "customer_not_found", "customer_id" },
        { "a slash in a name", $"GET {Customers}/a%2Fb/wallet", null, 404, "customer_not_found", "customer_id" },
        { "NUL in the address", $"GET {Customers}/a%00b/wallet", null, 400, null!, null },
        { "a line break in the address", $"GET {Customers}/a%0Ab/wallet", null, 400, "invalid_request", "customer_id" },
        { "no UTF-8 in the address", $"GET {Customers}/%ff%fe/wallet", null, 404, "customer_not_found", "customer_id" },
        { "a page of nothing", $"GET {Customers}/alice/entries?limit=0", null, 400, "invalid_request", "limit" },
        { "a page of everything", $"GET {Customers}/alice/entries?limit=1000000", null, 400, "invalid_request", "limit" },
        { "a page of words", $"GET {Customers}/alice/entries?limit=ten", null, 400, "invalid_request", "limit" },
        { "a page of 10^40", $"GET {Customers}/alice/entries?limit=10000000000000000000000000000000000000000", null, 400, "invalid_request", "limit" },
        { "a cursor of one's own", $"GET {Customers}/alice/entries?cursor=page2", null, 400, "invalid_request", "cursor" },
        { "a cursor of SQL", $"GET {Customers}/alice/entries?cursor=1%20OR%201%3D1", null, 400, "invalid_request", "cursor" },
        { "a mistyped parameter", $"GET {Usage}?customer=alice", null, 400, "invalid_request", "customer" },
        { "a parameter twice", $"GET {Usage}?customer_id=alice&customer_id=bob", null, 400, "invalid_request", "customer_id" },
        { "from later to earlier", $"GET {Usage}?from=2030-01-01T00:00:00Z&to=2029-01-01T00:00:00Z", null, 400, "invalid_request", "to" },
        { "from no time", $"GET {Usage}?from=now", null, 400, "invalid_request", "from" },
        { "the key in the address", $"GET {Usage}?api_key={{key}}", null, 400, "invalid_request", null },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Is_told_what_is_wrong_and_changes_nothing(string what, string request, string? body, int status, string code, string? field)
    {
        var (method, path) = request.Split(' ') is [var verb, ..] ? (new HttpMethod(verb), shop.Fill(request[(verb.Length + 1)..])) : throw new ArgumentException(what);
        var reply = await shop.Client.Send(method, path, body is null ? null : Encoding.UTF8.GetBytes(shop.Fill(body)));
        Refused(reply, what, status, code, field);
    }

    [Theory]
    [InlineData("text/plain", 415)]
    [InlineData("application/x-www-form-urlencoded", 415)]
    [InlineData("multipart/form-data; boundary=x", 415)]
    [InlineData("application/json; charset=utf-16", 415)]
    [InlineData("application/xml", 415)]
    [InlineData("application/cloudevents+json; charset=latin1", 415)]
    [InlineData("application/cloudevents-batch+json", 415)]
    [InlineData("application/cloudevents+avro", 415)]
    public async Task What_is_called_something_else_is_not_read(string contentType, int status)
    {
        var reply = await shop.Client.Send(HttpMethod.Post, Usage, """{"id":"x","customer_id":"alice","event_type":"image.generated"}"""u8.ToArray(), r => r.Content!.Headers.ContentType = MediaTypeHeaderValue.Parse(contentType));
        Refused(reply, contentType, status, "unsupported_media_type", null);
    }

    [Theory]
    [InlineData(1_048_577)]
    [InlineData(10_485_760)]
    public async Task A_body_that_is_too_large_is_413_before_it_is_sent(int size)
    {
        var body = new byte[size];
        Array.Fill(body, (byte)' ');
        "{\"id\":\"x\"}"u8.CopyTo(body);
        Refused(await shop.Client.Send(HttpMethod.Post, Usage, body, r => r.Headers.ExpectContinue = true), $"{size} bytes", 413, "too_large", null);
    }

    [Fact]
    public async Task A_header_and_a_field_that_name_different_keys_are_refused()
    {
        var reply = await shop.Client.Send(
            HttpMethod.Post, Grant, """{"customer_id":"alice","asset":"usd","amount":"1","idempotency_key":"a"}"""u8.ToArray(), r => r.Headers.Add("Idempotency-Key", "b"));
        Refused(reply, "two keys", 400, "invalid_request", "idempotency_key");
    }

    [Fact]
    public async Task A_cursor_that_points_at_another_customers_entries_shows_none_of_them()
    {
        string cursor = (await shop.Client.Get($"{Customers}/bob/entries?limit=1")).Json.GetProperty("next_cursor").GetString()!;
        var reply = await shop.Client.Get($"{Customers}/alice/entries?cursor={cursor}");
        Assert.Equal(200, reply.Status);
        Assert.Empty(reply.Json.GetProperty("entries").EnumerateArray());
    }

    private void Refused(Reply reply, string what, int status, string? code, string? field)
    {
        Assert.True(reply.Status == status && (code is null || (reply.Code, reply.Field) == (code, field)), $"{what}: {reply.Status} {reply.Text}");
        Assert.DoesNotContain("   at ", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", reply.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("SQLite", reply.Text, StringComparison.OrdinalIgnoreCase);
        Assert.True(reply.Text.Length < 20_000, $"{what}: an answer of {reply.Text.Length} characters");
        Assert.DoesNotContain(reply.Text, c => char.IsControl(c) && c is not '\n');
        Assert.DoesNotContain(shop.Server.Logs.Lines, line => line.Contains("Exception", StringComparison.Ordinal));
        Assert.Equal(shop.Before, shop.Server.Fingerprint());
        if (code is not null)
        {
            Assert.Equal("application/problem+json", reply.Headers["Content-Type"]);
            Assert.Equal(status, reply.Json.GetProperty("status").GetInt32());
            Assert.All((string[])["type", "title", "detail", "hint", "request_id"], name => Assert.NotEmpty(reply.Json.GetProperty(name).GetString()!));
        }
    }

    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("""{"a":""", depth)) + "1" + new string('}', depth);

    private static string Priced(string price) =>
        $$$"""{"document":{"meters":[{"id":"m","event_type":"e","aggregation":"count"}],"products":[{"id":"p","prices":[{"id":"x","meter":"m","asset":"usd",{{{price[1..]}}}]}]}}""";
}
