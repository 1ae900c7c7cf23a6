namespace McpBilling.Operations;

/// <summary>Commands that one request sends to the writer together. Each stands alone: one that is refused holds back no other.</summary>
public static class SentTogether
{
    /// <param name="command">Makes the command of an input. A refusal there counts as the writer's.</param>
    /// <param name="done">What is answered for a command that was carried out.</param>
    /// <param name="refused">What is answered for an input that was refused.</param>
    /// <returns>The answers, in the order of the inputs.</returns>
    public static async Task<TResult[]> Run<TInput, TOutput, TResult>(
        IReadOnlyList<TInput> inputs, Func<TInput, Command<TOutput>> command, Func<TOutput, TResult> done, Func<TInput, BillingException, TResult> refused,
        IBilling billing, Caller caller, CancellationToken cancellation)
    {
        var running = new Task<TOutput>[inputs.Count];
        for (int i = 0; i < running.Length; i++)
        {
            running[i] = Send(() => billing.Commit(command(inputs[i]), caller, cancellation));
        }
        // The writer keeps their order: whoever waits for the last is woken once, not for each of a hundred.
        if (running.Length > 0)
        {
            await ((Task)running[^1]).ConfigureAwait(ConfigureAwaitOptions.ContinueOnCapturedContext | ConfigureAwaitOptions.SuppressThrowing);
        }
        var results = new TResult[running.Length];
        for (int i = 0; i < running.Length; i++)
        {
            try
            {
                results[i] = done(await running[i]);
            }
            catch (BillingException e)
            {
                results[i] = refused(inputs[i], e);
            }
        }
        return results;
    }

    private static Task<TOutput> Send<TOutput>(Func<ValueTask<TOutput>> send)
    {
        try
        {
            return send().AsTask();
        }
        catch (BillingException e)
        {
            return Task.FromException<TOutput>(e);
        }
    }
}
