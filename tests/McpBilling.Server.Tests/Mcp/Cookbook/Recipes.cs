using static McpBilling.Server.Tests.Mcp.Cookbook.Step;

namespace McpBilling.Server.Tests.Mcp.Cookbook;

/// <summary>The paths of the prompts. A step more is a line more.</summary>
internal static class Recipes
{
    private const string Images =
        """
        {"assets":[{"id":"credits","name":"Image credits"}],
         "meters":[{"id":"images","event_type":"image.generated","aggregation":"sum"}],
         "products":[{"id":"image-generation","charge":"first_affordable","prices":[
           {"id":"image-credits","meter":"images","asset":"credits","model":"per_unit","unit_price":"1"},
           {"id":"image-usd","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.04"},
           {"id":"image-usd-pro","meter":"images","asset":"usd","model":"per_unit","unit_price":"0.08","where":{"model":["flux-pro"]}}]}],
         "signup":{"grants":[{"asset":"credits","amount":"100"}]}}
        """;

    private const string Tokens =
        """
        {"meters":[{"id":"input-tokens","event_type":"llm.completed","aggregation":"sum","property":"input_tokens"},
           {"id":"output-tokens","event_type":"llm.completed","aggregation":"sum","property":"output_tokens"}],
         "products":[{"id":"chat","prices":[
           {"id":"chat-input","meter":"input-tokens","asset":"usd","model":"per_unit","unit_price":"3.9","per":"1000000","where":{"model":["large"]}},
           {"id":"chat-output","meter":"output-tokens","asset":"usd","model":"per_unit","unit_price":"19.5","per":"1000000","where":{"model":["large"]}}]}],
         "signup":{"grants":[{"asset":"usd","amount":"5"}]}}
        """;

    private const string Prepaid =
        """
        {"assets":[{"id":"credits","scale":0}],
         "meters":[{"id":"messages","event_type":"chat.message","aggregation":"count"},{"id":"reports","event_type":"report.created","aggregation":"count"}],
         "products":[{"id":"assistant","prices":[
           {"id":"message","meter":"messages","asset":"credits","model":"per_unit","unit_price":"1","free_units":"2"},
           {"id":"report","meter":"reports","asset":"credits","model":"per_unit","unit_price":"5"}]}],
         "signup":{"grants":[{"asset":"credits","amount":"20","expires_after_days":30,"priority":10}]}}
        """;

    private const string Gpu =
        """
        {"meters":[{"id":"gpu-seconds","event_type":"gpu.used","aggregation":"sum","property":"seconds"}],
         "products":[{"id":"gpu","prices":[
           {"id":"a100","meter":"gpu-seconds","asset":"usd","model":"per_unit","unit_price":"2.5","per":"3600","where":{"gpu":["a100"]}},
           {"id":"h100","meter":"gpu-seconds","asset":"usd","model":"per_unit","unit_price":"4","per":"3600","where":{"gpu":["h100"]}}]}],
         "signup":{"grants":[{"asset":"usd","amount":"5"}]}}
        """;

    private const string Outcome =
        """
        {"meters":[{"id":"resolutions","event_type":"ticket.resolved","aggregation":"count","filter":{"by":["ai"]}}],
         "products":[{"id":"support-bot","prices":[{"id":"resolution","meter":"resolutions","asset":"usd","model":"per_unit","unit_price":"0.99","max_per_period":"500"}]}],
         "signup":{"grants":[{"asset":"usd","amount":"20"}]}}
        """;

    private const string Hybrid =
        """
        {"meters":[{"id":"calls","event_type":"api.called","aggregation":"sum"}],
         "products":[
           {"id":"pro-fee","prices":[{"id":"pro-monthly","meter":"calls","asset":"usd","model":"flat","amount":"29","where":{"plan":["pro"]}}]},
           {"id":"pro-use","prices":[{"id":"pro-calls","meter":"calls","asset":"usd","model":"graduated","free_units":"1000","where":{"plan":["pro"]},
             "tiers":[{"up_to":"9000","unit_price":"0.02"},{"up_to":null,"unit_price":"0.01"}]}]}]}
        """;

    private const string Migrated =
        """
        {"meters":[{"id":"api-requests","event_type":"api_requests","aggregation":"sum","property":"value"}],
         "products":[{"id":"api","prices":[{"id":"api-requests-usd","meter":"api-requests","asset":"usd","model":"graduated",
           "tiers":[{"up_to":"1000","unit_price":"0.02"},{"up_to":null,"unit_price":"0.01"}]}]}]}
        """;

    private static readonly Step Look = Tool("get_started").Showing("workspace", "mode", "contents", "runtime_url", "environment", "next_steps");

    private static readonly Step Key = Tool("create_api_key", """{"name":"app"}""");

    private static readonly Step Verified = Tool("verify_integration").Showing("verdict", "findings");

    public static IReadOnlyList<Recipe> All { get; } =
    [
        new("charge-per-image", "Charge 4 cents per image, 8 for flux-pro, and give 100 images free.",
            [Look, .. Applied(Images,
                """{"customers":100,"event_type":"image.generated","quantity_per_customer":"150"}"""), Code("authorize_capture"), Key,
            Say("The app draws two images for user_1, and its request is retried once."),
            App("POST /v1/usage/authorize", """{"customer_id":"user_1","event":{"event_type":"image.generated","quantity":"2"},"idempotency_key":"req-1"}""").Expecting("allowed", "true"),
            App("POST /v1/holds/{hold_id}/capture", """{"event":{"id":"img-1","event_type":"image.generated","quantity":"2"},"idempotency_key":"req-1"}""").Expecting("charges/0/amount", "2"),
            App("POST /v1/holds/{hold_id}/capture", """{"event":{"id":"img-1","event_type":"image.generated","quantity":"2"},"idempotency_key":"req-1"}""").Expecting("replayed", "true"),
            Say("More than there is: the answer is no, and the app does not draw."),
            App("POST /v1/usage/authorize", """{"customer_id":"user_1","event":{"event_type":"image.generated","quantity":"200"},"idempotency_key":"req-2"}""").Expecting("allowed", "false").Expecting("shortfall", "8.00"),
            Tool("get_wallet", """{"customer_id":"user_1"}""").Expecting("accounts/0/balance", "98"),
            Tool("explain_charge", """{"event_id":"img-1","customer_id":"user_1"}""").Showing("text"),
            Verified]),

        new("charge-per-token", "Our provider takes $3 and $15 per million tokens. Charge 30 percent more.",
            [Look, Say("3 × 1.3 = 3.9 and 15 × 1.3 = 19.5 dollars per million."), .. Applied(Tokens,
                """{"customers":100,"event_type":"llm.completed","quantity_per_customer":"300","properties":{"model":"large","input_tokens":1200,"output_tokens":350}}"""), Code("llm"), Key,
            Say("Before the model call an estimate, after it what the provider's answer says."),
            App("POST /v1/usage/authorize", """{"customer_id":"user_1","event":{"event_type":"llm.completed","properties":{"model":"large","input_tokens":2000,"output_tokens":1000}},"idempotency_key":"call-1"}""").Expecting("allowed", "true"),
            App("POST /v1/holds/{hold_id}/capture", """{"event":{"id":"call-1","event_type":"llm.completed","properties":{"model":"large","input_tokens":1200,"output_tokens":350}},"idempotency_key":"call-1"}""").Expecting("balances/0/balance", "4.988495"),
            Tool("list_usage", """{"customer_id":"user_1"}""").Expecting("events/0/charges/0/amount", "0.00468").Expecting("events/0/charges/1/amount", "0.006825"),
            Verified]),

        new("prepaid-credits", "A message costs one credit, a report five. 20 free at sign-up for a month, 2 messages free each month, 500 credits for $10.",
            [Look, .. Applied(Prepaid,
                """{"customers":100,"event_type":"chat.message","quantity_per_customer":"60"}"""), Code("authorize_capture"), Key,
            App("POST /v1/usage", """{"id":"msg-1","customer_id":"user_1","event_type":"chat.message"}""").Expecting("charges/0/amount", "0"),
            App("POST /v1/usage", """{"id":"rep-1","customer_id":"user_1","event_type":"report.created"}""").Expecting("balances/0/balance", "15"),
            Say("The checkout has been paid. A repeat of the same payment gives nothing twice."),
            Tool("grant_credit", """{"customer_id":"user_1","asset":"credits","amount":"500","source":"paid","cost_basis":{"currency":"usd","amount":"10"},"idempotency_key":"payment-77"}"""),
            Tool("grant_credit", """{"customer_id":"user_1","asset":"credits","amount":"500","source":"paid","cost_basis":{"currency":"usd","amount":"10"},"idempotency_key":"payment-77"}""").Expecting("replayed", "true"),
            Tool("get_wallet", """{"customer_id":"user_1"}""").Expecting("accounts/0/balance", "515"),
            Verified]),

        new("gpu-hours", "A100 for $2.50 an hour, H100 for $4, by the second.",
            [Look, .. Applied(Gpu,
                """{"customers":10,"event_type":"gpu.used","quantity_per_customer":"20","properties":{"gpu":"a100","seconds":1800}}"""), Code("streaming"), Key,
            Say("A job of unknown length on an A100: twenty minutes are set aside, used by slices, and the rest is released at the end."),
            App("POST /v1/usage/authorize", """{"customer_id":"user_1","event":{"event_type":"gpu.used","properties":{"gpu":"a100","seconds":1200}},"ttl_seconds":"3600","idempotency_key":"job-1"}""").Expecting("allowed", "true"),
            App("POST /v1/holds/{hold_id}/capture", """{"event":{"id":"job-1-slice-1","event_type":"gpu.used","properties":{"gpu":"a100","seconds":720}},"final":false,"idempotency_key":"job-1-slice-1"}""").Expecting("charges/0/amount", "0.50"),
            App("POST /v1/holds/{hold_id}/capture", """{"event":{"id":"job-1-slice-2","event_type":"gpu.used","properties":{"gpu":"a100","seconds":360}},"idempotency_key":"job-1-slice-2"}""").Expecting("charges/0/amount", "0.25"),
            Tool("get_wallet", """{"customer_id":"user_1"}""").Expecting("accounts/0/balance", "4.25").Expecting("accounts/0/held", "0.00"),
            Verified]),

        new("charge-per-outcome", "99 cents for each ticket that the bot resolves and that stays closed, at most $500 a month.",
            [Look, .. Applied(Outcome,
                """{"customers":20,"event_type":"ticket.resolved","quantity_per_customer":"80","properties":{"by":"ai"}}"""), Code("record_after"), Key,
            App("POST /v1/usage", """{"id":"ticket-1","customer_id":"acme","event_type":"ticket.resolved","properties":{"by":"ai"}}""").Expecting("charges/0/amount", "0.99"),
            Say("A colleague resolved the next one: recorded, and not charged."),
            App("POST /v1/usage", """{"id":"ticket-2","customer_id":"acme","event_type":"ticket.resolved","properties":{"by":"human"}}"""),
            Say("Ticket 1 was reopened."),
            Tool("reverse_usage", """{"event_id":"ticket-1","customer_id":"acme","reason":"reopened","idempotency_key":"reopen-ticket-1"}"""),
            Tool("list_entries", """{"customer_id":"acme"}""").Showing("entries"),
            Tool("get_wallet", """{"customer_id":"acme"}""").Expecting("accounts/0/balance", "20.00"),
            Verified]),

        new("hybrid-plan", "Pro: $29 a month with 1,000 calls, then 2 cents, 1 cent beyond 10,000.",
            [Look, Say("The agent has said that the fee comes with the month's first use and that there are no subscriptions yet; the user goes on."), .. Applied(Hybrid,
                """{"customers":50,"event_type":"api.called","quantity_per_customer":"4000","quantity_per_event":"100","properties":{"plan":"pro"}}"""), Code("authorize_capture"), Key,
            Tool("grant_credit", """{"customer_id":"acme","asset":"usd","amount":"200","source":"paid","idempotency_key":"december"}""").Showing("account"),
            App("POST /v1/usage", """{"id":"batch-1","customer_id":"acme","event_type":"api.called","quantity":"800","properties":{"plan":"pro"}}""").Expecting("balances/0/balance", "171.00"),
            App("POST /v1/usage", """{"id":"batch-2","customer_id":"acme","event_type":"api.called","quantity":"700","properties":{"plan":"pro"}}""").Expecting("balances/0/balance", "161.00"),
            Say("29 for the month, and 500 of 1,500 calls at 2 cents."),
            Verified]),

        new("migrate-from-stripe", "Here is stripe-export.json: meter api_requests, graduated, 2 cents each up to 1,000, then 1 cent.",
            [Look, Say("`unit_amount: 2` of the export is in cents, so `\"0.02\"`; `up_to: \"inf\"` is null; `value_settings.event_payload_key: \"value\"` is the property."), .. Applied(Migrated,
                """{"customers":1,"event_type":"api_requests","quantity_per_customer":"1","properties":{"value":1500}}"""), Code("record_after"), Key,
            Say("Both run side by side: the same id goes to Stripe as `identifier`."),
            App("POST /v1/usage", """{"id":"evt-1001","customer_id":"cus_acme","event_type":"api_requests","properties":{"value":900}}""").Expecting("charges/0/amount", "18.00"),
            App("POST /v1/usage", """{"id":"evt-1002","customer_id":"cus_acme","event_type":"api_requests","properties":{"value":600}}""").Expecting("charges/0/amount", "7.00"),
            Say("Stripe's invoice preview for the 1,500 requests says $25.00."),
            Tool("get_wallet", """{"customer_id":"cus_acme"}""").Expecting("accounts/0/debt", "25.00"),
            Tool("list_usage", """{"customer_id":"cus_acme"}"""),
            Verified]),

        new("find-unprofitable-customers", "Are we losing money on anyone?",
            [.. Prepared(Images),
            Tool("record_usage", """{"events":[{"id":"a-1","customer_id":"ann","event_type":"image.generated","quantity":"150"},{"id":"b-1","customer_id":"ben","event_type":"image.generated","quantity":"90"}]}""").Showing("results"),
            Key, Say("The app books what each batch of images cost, as it does all day."),
            App("POST /v1/costs", """{"id":"gpu-1","customer_id":"ann","provider":"replicate","category":"flux","amount":{"currency":"usd","amount":"3"},"operation_id":"a-1"}""").Expecting("status", "priced"),
            App("POST /v1/costs", """{"id":"gpu-2","customer_id":"ben","provider":"replicate","category":"flux","amount":{"currency":"usd","amount":"1.8"},"operation_id":"b-1"}""").Expecting("status", "priced"),
            Look, Tool("get_catalog").Showing("version"),
            Tool("get_margins", """{"group_by":"customer"}"""),
            Tool("list_usage", """{"customer_id":"ben"}"""),
            Tool("explain_charge", """{"customer_id":"ben","event_id":"b-1"}"""),
            Say("Ben's 90 images were all paid with free credits: nothing came in for them, and they cost $1.80. Half as many free credits would have left 40 of them to pay."),
            Tool("simulate_pricing", """{"usage":{"recorded":{} },"costs":[{"event_type":"image.generated","per_unit":"0.02","asset":"usd"}]}""").Showing("period", "present", "unprofitable", "warnings"),
            Verified]),

        new("set-up-billing", "4 cents per image, 100 free credits at sign-up.",
            [Look, Tool("get_catalog"), .. Applied(Images,
                """{"customers":100,"event_type":"image.generated","quantity_per_customer":"150"}"""), Code("authorize_capture"), Key,
            App("POST /v1/usage/authorize", """{"customer_id":"user_1","event":{"event_type":"image.generated"},"idempotency_key":"req-1"}""").Expecting("allowed", "true"),
            App("POST /v1/holds/{hold_id}/capture", """{"event":{"id":"img-1","event_type":"image.generated"},"idempotency_key":"req-1"}""").Expecting("charges/0/asset", "credits"),
            Tool("get_wallet", """{"customer_id":"user_1"}""").Expecting("accounts/0/balance", "99"),
            Verified]),

        new("bill-an-endpoint", "Bill POST /api/images as image-generation.",
            [.. Prepared(Images), Look, Tool("get_catalog"), Code("authorize_capture"), Key,
            Say("With credit, the work failing:"),
            App("POST /v1/usage/authorize", """{"customer_id":"user_1","event":{"event_type":"image.generated"},"idempotency_key":"req-1"}""").Expecting("allowed", "true"),
            App("POST /v1/holds/{hold_id}/void", """{"idempotency_key":"req-1"}""").Expecting("hold/status", "voided"),
            Say("With credit, the work done:"),
            App("POST /v1/usage/authorize", """{"customer_id":"user_1","event":{"event_type":"image.generated"},"idempotency_key":"req-2"}""").Expecting("allowed", "true"),
            App("POST /v1/holds/{hold_id}/capture", """{"event":{"id":"req-2","event_type":"image.generated"},"idempotency_key":"req-2"}""").Expecting("charges/0/amount", "1"),
            Tool("get_wallet", """{"customer_id":"user_1"}""").Expecting("accounts/0/balance", "99").Expecting("accounts/0/held", "0"),
            Verified]),

        new("explain-a-balance", "user_1 asks: why do I have less credit than yesterday?",
            [.. Prepared(Images),
            Tool("record_usage", """{"events":[{"id":"img-7","customer_id":"user_1","event_type":"image.generated","quantity":"3"}]}""").Showing("results"),
            Tool("get_wallet", """{"customer_id":"user_1"}""").Expecting("accounts/0/balance", "97"),
            Tool("list_entries", """{"customer_id":"user_1"}"""),
            Tool("explain_charge", """{"event_id":"img-7","customer_id":"user_1"}""").Showing("text"),
            Say("\"You drew three images on December 1; each costs one of your 100 free credits, so 97 are left.\" 100 − 3 = 97: it adds up."),
            Verified]),
    ];

    /// <summary>Shown first, then applied as it was shown.</summary>
    /// <param name="usage">What the user expects of a month.</param>
    private static Step[] Applied(string document, string usage) =>
    [
        Tool("apply_catalog", $$"""{"document":{{document}},"dry_run":true}""").Expecting("applied", "false"),
        Tool("simulate_pricing", $$"""{"document":{{document}},"usage":{"described":[{{usage}}]} }""").WithKnown("document").Showing("period", "draft", "products", "warnings"),
        Say("The user says yes."),
        Tool("apply_catalog", $$"""{"document":{{document}},"expected_version":{version} }""").WithKnown("document").Showing("version", "applied").Expecting("applied", "true"),
    ];

    private static Step Code(string style) =>
        Tool("generate_integration", $$"""{"language":"python","style":"{{style}}"}""").Showing("environment", "placement", "test_plan");

    /// <summary>What was there before the conversation.</summary>
    private static Step[] Prepared(string document) => [Say("Before:"), Tool("apply_catalog", $$"""{"document":{{document}} }""").Showing("version", "applied"), Say("Now:")];
}
