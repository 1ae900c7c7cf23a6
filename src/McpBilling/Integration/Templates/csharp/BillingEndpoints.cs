namespace Billing;

/// <summary>Billing for ASP.NET Core minimal APIs: answers 402, 503 and 409 by itself.</summary>
public static class BillingEndpoints
{
    /// <summary>Adds <see cref="Biller"/>. Without its environment variables the app does not start.</summary>
    public static IServiceCollection AddBilling(this IServiceCollection services)
    {
        var client = new BillingClient();
        var outbox = new Outbox(client);
        return services.AddSingleton(client).AddSingleton(outbox).AddSingleton(new Biller(client, outbox));
    }

    /// <summary>Does an endpoint's work when billing allows it. Call it in the endpoint, after your own authentication and checks.</summary>
    /// <param name="customerId">Who pays: from your session, never from the request's body.</param>
    /// <param name="work">Does the work and returns what is sent as JSON; it may report what was really used to the meter.</param>
    public static async Task<IResult> BilledResult<T>(
        this Biller biller,
        HttpContext http,
        string customerId,
        UsageEvent estimate,
        Func<Meter, CancellationToken, Task<T>> work,
        Subject? subject = null,
        string? feature = null)
    {
        // The browser makes one id per click and sends it again on a retry. Without one, a lost answer could be charged twice.
        string requestId = http.Request.Headers["X-Request-Id"].FirstOrDefault() ?? $"{Guid.NewGuid()}";
        try
        {
            var request = new BilledRequest(customerId, requestId, estimate, subject, feature);
            return Results.Json((await biller.Billed(request, work, http.RequestAborted)).Result);
        }
        catch (PaymentRequiredException denied)
        {
            var (denial, body) = (denied.Denial, new Dictionary<string, object?> { ["error"] = "payment_required" });
            body["reason"] = denial.Reason;
            body["shortfall"] = denial.Shortfall;
            body["available"] = denial.Available;
            body["top_up_url"] = denial.TopUpUrl;
            return Results.Json(body, BillingClient.Json, statusCode: StatusCodes.Status402PaymentRequired);
        }
        catch (BillingUnavailableException failure)
        {
            await Console.Error.WriteLineAsync(failure.Message);
            http.Response.Headers.RetryAfter = "5";
            return Results.Json(new { error = "billing_unavailable" }, statusCode: StatusCodes.Status503ServiceUnavailable);
        }
        catch (BillingRefusedException refused)
        {
            // A mistake of the app, such as one request id for different work. Never retried.
            await Console.Error.WriteLineAsync(refused.Message);
            int status = refused.Code == "idempotency_conflict" ? StatusCodes.Status409Conflict : StatusCodes.Status500InternalServerError;
            return Results.Json(new { error = refused.Code }, statusCode: status);
        }
    }
}
