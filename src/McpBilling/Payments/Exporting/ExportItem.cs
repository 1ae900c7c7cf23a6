using System.Security.Cryptography;
using System.Text;
using McpBilling.Money;

namespace McpBilling.Payments.Exporting;

/// <summary>
/// What the biller is to know of one event, and what it knows. It is brought from the one to the other in steps, one at a time: a step that was begun is repeated as
/// it was until it is answered, whatever has changed meanwhile. A pure value; when it is stored says the store.
/// </summary>
/// <param name="EventKey">The event's sequence in the workspace.</param>
/// <param name="At">When it was used.</param>
/// <param name="Due">What is to count there, now.</param>
public sealed record ExportItem(long EventKey, string EventId, string CustomerId, string EventName, Instant At, decimal Due)
{
    private const int LongestReadablePart = 60;

    // Counted from the first try of a step, not from when the biller took it: so a step is given up a little before nobody can say any more.
    private static readonly TimeSpan Margin = TimeSpan.FromHours(1);

    private static readonly TimeSpan[] Pauses =
        [TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(30), TimeSpan.FromHours(1)];

    /// <summary>While a step is on its way nobody else takes it.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(5);

    /// <summary>What counts there.</summary>
    public decimal Sent { get; init; }

    /// <summary>When the biller took the first message; null: none yet, or none that could be taken back.</summary>
    public Instant? TakenAt { get; init; }

    /// <summary>How many messages have been numbered: the next one's number.</summary>
    public int Messages { get; init; }

    /// <summary>The step that was begun and not answered.</summary>
    public ExportStep? Begun { get; init; }

    /// <summary>When it was first tried.</summary>
    public Instant? BegunAt { get; init; }

    /// <summary>It was tried before and nobody knows with what success. Not stored: a step that is found begun was.</summary>
    public bool MayHaveCounted { get; init; }

    public int Tries { get; init; }

    /// <summary>Not before.</summary>
    public Instant NextAt { get; init; }

    /// <summary>There is something to do.</summary>
    public bool IsOpen { get; init; } = true;

    /// <summary>
    /// Why it waits: <c>no_customer</c>, <c>refused_for_now</c>, <c>no_answer_yet</c>. Why it was given up: <c>too_old</c>, <c>not_whole</c>, <c>too_many_digits</c>,
    /// <c>refused</c>, <c>unanswered</c> (it may count there, or not: a person must look).
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>Begins or repeats a step, for whoever will then send it.</summary>
    /// <param name="customer">The biller's id of the customer; null: not known.</param>
    /// <returns>The item as it is to be stored before anything is sent, and what to send; no message: nothing now.</returns>
    public (ExportItem Item, ExportMessage? Message) Take(string? customer, ExportRules rules, Instant now)
    {
        if (Begun is null && Due == Sent)
        {
            return (this with { IsOpen = false, Reason = null }, null);
        }
        if (Begun is not null && now >= BegunAt!.Value + (rules.Remembers - Margin))
        {
            return (Closed("unanswered"), null);
        }
        var step = Begun ?? Next(rules, now);
        if (step.Value is not null && At < now - (rules.MaxAge - Margin))
        {
            return (Begun is null ? Closed("too_old") : Closed("unanswered"), null);
        }
        if (step.Value is { } value && rules.Refuses(value) is { } why)
        {
            return (Closed(why), null);
        }
        if (At > now + rules.MaxAhead - TimeSpan.FromMinutes(1))
        {
            return (this with { NextAt = At }, null);
        }
        if (customer is null)
        {
            return (Waiting("no_customer", now), null);
        }
        var begun = this with { Begun = step, BegunAt = BegunAt ?? now, NextAt = now + Lease, MayHaveCounted = Begun is not null };
        return (begun, new ExportMessage(Identifier(step.Number), EventName, customer, step.Value, At));
    }

    /// <summary>After a message of <see cref="Take"/> was sent.</summary>
    public ExportItem After(ExportAnswer answer, Instant now)
    {
        if (Begun is not { } step)
        {
            return this;
        }
        if (answer is ExportAnswer.Later or ExportAnswer.Unknown)
        {
            var waiting = Waiting(answer == ExportAnswer.Later ? "refused_for_now" : "no_answer_yet", now);
            // What is known not to have counted can wait for as long as it takes.
            return answer == ExportAnswer.Later && !MayHaveCounted ? waiting with { Begun = null, BegunAt = null } : waiting;
        }
        var done = this with { Begun = null, BegunAt = null, Tries = 0, NextAt = now, Reason = null };
        if (answer == ExportAnswer.Refused)
        {
            // What cannot be taken back any more is told against.
            return step.Value is null ? done with { TakenAt = null } : done.Closed("refused");
        }
        done = step.Value is { } value
            ? done with { Sent = Sent + value, Messages = Messages + 1, TakenAt = Messages == 0 ? now : null }
            : done with { Sent = 0, TakenAt = null };
        return done with { IsOpen = done.Sent != done.Due };
    }

    /// <summary>With another figure, after a reversal.</summary>
    public ExportItem With(decimal due) => due == Due ? this : this with { Due = due, IsOpen = true, Reason = Reason is "not_whole" or "too_many_digits" ? null : Reason };

    // The first message whole, while it can be: nothing is left of it on the invoice. Else the difference.
    private ExportStep Next(ExportRules rules, Instant now) =>
        Due == 0 && Sent != 0 && TakenAt is { } taken && now < taken + (rules.Cancels - Margin) ? new ExportStep(null, 0) : new ExportStep(Due - Sent, Messages);

    private ExportItem Closed(string reason) => this with { IsOpen = false, Reason = reason };

    private ExportItem Waiting(string reason, Instant now) => this with { Tries = Tries + 1, NextAt = now + Pauses[Math.Min(Tries, Pauses.Length - 1)], Reason = reason };

    /// <summary>
    /// The event's id, so that a person finds it again, and a mark of whose it is: an id is unique for a customer only, and one event may go to several names. It
    /// depends on nothing else, so that a restored backup tells the same things again and not new ones.
    /// </summary>
    private string Identifier(int number)
    {
        byte[] mark = SHA256.HashData(Encoding.UTF8.GetBytes($"{CustomerId}\n{EventName}\n{EventId}"));
        string readable = EventId.Length > LongestReadablePart ? EventId[..LongestReadablePart] : EventId;
        return $"{readable}:{Convert.ToHexStringLower(mark)[..16]}{(number == 0 ? "" : $":{number}")}";
    }
}

/// <summary>A step towards what is to count.</summary>
/// <param name="Value">What is added; null: the message of this number is taken back.</param>
/// <param name="Number">Of the message.</param>
public sealed record ExportStep(decimal? Value, int Number);
