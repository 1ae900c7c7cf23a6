using System.Collections.Concurrent;
using System.Globalization;
using McpBilling.Server.Tests.Usage;

namespace McpBilling.Server.Tests.Drills;

/// <summary>
/// What a drill has sent and what it was told: the first definite answer of each operation is the truth, every later one must agree, and the wallets must
/// be what the answers alone say.
/// </summary>
internal sealed class DrillBook
{
    private readonly List<Sent> _all = [];
    private readonly ConcurrentQueue<string> _wrong = [];
    private int _made;
    private int _answered;

    /// <summary>How often which code said, with status 503, that an operation was not done and may be asked again.</summary>
    public ConcurrentDictionary<string, int> PutOff { get; } = new(StringComparer.Ordinal);

    /// <summary>Answers that contradicted an earlier one, or refused what must be taken.</summary>
    public IReadOnlyCollection<string> Wrong => _wrong;

    public int Answered => _answered;

    public IReadOnlyList<Sent> Unanswered => [.. All.Where(s => s.Answer is null)];

    public IReadOnlyList<Sent> All
    {
        get
        {
            lock (_all)
            {
                return [.. _all];
            }
        }
    }

    public sealed class Sent(string kind, string customer, long amount, string key)
    {
        public string Kind { get; } = kind;
        public string Customer { get; } = customer;
        public long Amount { get; } = amount;
        public string Key { get; } = key;
        public string? Answer { get; set; }
        public bool Allowed => Answer?.StartsWith("true", StringComparison.Ordinal) == true;
    }

    public Sent Make(string kind, string customer, long amount)
    {
        var sent = new Sent(kind, customer, amount, $"d-{Interlocked.Increment(ref _made)}");
        lock (_all)
        {
            _all.Add(sent);
        }
        return sent;
    }

    /// <summary>Sends it, and notes the answer when there is one.</summary>
    public async Task<bool> Send(BillingClient client, Sent sent)
    {
        string amount = sent.Amount.ToString(CultureInfo.InvariantCulture);
        Reply reply;
        try
        {
            reply = sent.Kind switch
            {
                "authorize" => await client.Post("/v1/usage/authorize", new { customer_id = sent.Customer, asset = "credits", amount, ttl_seconds = 86400, idempotency_key = sent.Key }),
                "usage" => await client.Post("/v1/usage", new { id = sent.Key, customer_id = sent.Customer, event_type = DrillShop.EventType, quantity = amount }),
                _ => await client.Post("/v1/grants", new { customer_id = sent.Customer, asset = "credits", amount, idempotency_key = sent.Key }),
            };
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or IOException)
        {
            return false;
        }
        // Anything else says that we made a mistake, whatever broke.
        if (reply.Status == 503)
        {
            PutOff.AddOrUpdate(reply.Code ?? $"{reply.Status}", 1, static (_, n) => n + 1);
            return false;
        }
        string answer = reply.Status is not (200 or 201) ? $"refused: {reply.Status} {reply.Text}" : sent.Kind switch
        {
            "authorize" => reply.Json.GetProperty("allowed").GetRawText() + (reply.Json.TryGetProperty("hold_id", out var hold) ? " " + hold.GetString() : ""),
            "usage" => reply.Json.GetProperty("charges").GetRawText() + reply.Json.GetProperty("balances").GetRawText(),
            _ => reply.Json.GetProperty("grant").GetRawText(),
        };
        if (answer.StartsWith("refused", StringComparison.Ordinal))
        {
            _wrong.Enqueue($"{sent.Kind} {sent.Key} {answer}");
        }
        else if (sent.Answer is { } first && first != answer)
        {
            _wrong.Enqueue($"{sent.Kind} {sent.Key}: first {first}, then {answer}");
        }
        if (sent.Answer is null)
        {
            sent.Answer = answer;
            Interlocked.Increment(ref _answered);
        }
        return true;
    }

    /// <summary>Asks again for everything in the list, many at a time, until each has an answer.</summary>
    /// <param name="tries">How often each, 20 ms apart at least.</param>
    public async Task SendAll(BillingClient client, IEnumerable<Sent> list, int tries = 100)
    {
        await Parallel.ForEachAsync(list, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (sent, _) =>
        {
            for (int i = 0; !await Send(client, sent); i++)
            {
                Assert.True(i < tries, $"{sent.Kind} {sent.Key} never got an answer");
                await Task.Delay(20, CancellationToken.None);
            }
        });
    }

    /// <summary>What must be available to a customer, by the answers alone.</summary>
    /// <param name="among">Only these keys count; null: all.</param>
    public long Available(string customer, IReadOnlyDictionary<string, int>? among = null) => All.Where(s => s.Customer == customer && among?.ContainsKey(s.Key) != false).Sum(s => s.Kind switch
    {
        "grant" => s.Amount,
        "usage" => -s.Amount,
        _ => s.Allowed ? -s.Amount : 0,
    });
}
