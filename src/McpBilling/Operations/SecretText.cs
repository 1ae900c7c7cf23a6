using System.Text.RegularExpressions;

namespace McpBilling.Operations;

/// <summary>
/// Numbers of payment cards, and keys, in texts where neither belongs: a sentence that says what is wrong with an input repeats it, and goes from there into
/// answers, logs and observations. What is there by mistake is not to be everywhere by ours.
/// </summary>
public static partial class SecretText
{
    private const int ShortestCard = 14, LongestCard = 19;

    /// <summary>Whether a text holds what is, by its beginning, length and check digit, the number of a card of one of the large networks.</summary>
    public static bool HasCardNumber(string? text) => text is not null && MayHoldCard(text) && Digits().Matches(text).Any(IsCard);

    /// <summary>The text, with <c>[card number]</c> and <c>[key]</c> where they stood.</summary>
    public static string Masked(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (MayHoldCard(text))
        {
            text = Digits().Replace(text, static digits => IsCard(digits) ? "[card number]" : digits.Value);
        }
        return text.Contains('_', StringComparison.Ordinal) ? Keys().Replace(text, "[key]") : text;
    }

    /// <summary>Refuses a text that people write and that is kept, such as the reason of a refund, when a card's number is in it.</summary>
    /// <exception cref="BillingException"><c>invalid_request</c>; it does not repeat the number.</exception>
    public static void RefuseCardNumber(string? text, string field)
    {
        if (HasCardNumber(text))
        {
            throw new BillingException(ErrorCode.InvalidRequest, $"{field} holds the number of a payment card, which is kept nowhere here: leave it out, or name its last four digits.", field);
        }
    }

    private static bool MayHoldCard(string text)
    {
        int digits = 0;
        foreach (char c in text)
        {
            digits += char.IsAsciiDigit(c) ? 1 : 0;
        }
        return digits >= ShortestCard;
    }

    // By the beginning which lengths there are: Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay.
    private static bool IsCard(Match found)
    {
        string digits = found.Value.Replace(" ", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        if (digits.Length is < ShortestCard or > LongestCard)
        {
            return false;
        }
        int two = (digits[0] - '0') * 10 + digits[1] - '0', four = two * 100 + (digits[2] - '0') * 10 + digits[3] - '0';
        bool isNetwork = digits.Length switch
        {
            14 => two is 36 or 38 or 39 or 30,
            15 => two is 34 or 37,
            16 => digits[0] == '4' || two is >= 51 and <= 55 or 62 or 64 or 65 || four is (>= 2221 and <= 2720) or 6011 or (>= 3528 and <= 3589),
            19 => two is 62,
            _ => false,
        };
        return isNetwork && HasCheckDigit(digits);
    }

    // ISO/IEC 7812: every second digit from the right doubled, the digits of that added.
    private static bool HasCheckDigit(string digits)
    {
        int sum = 0;
        for (int i = 0; i < digits.Length; i++)
        {
            int digit = digits[^(i + 1)] - '0';
            int twice = i % 2 == 0 ? digit : digit * 2;
            sum += twice > 9 ? twice - 9 : twice;
        }
        return sum % 10 == 0;
    }

    [GeneratedRegex("(?<![0-9])[0-9](?:[ -]?[0-9]){13,18}(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();

    [GeneratedRegex("(?:mb|sk|rk|pk)_(?:test|live)_[A-Za-z0-9_-]{8,}|whsec_[A-Za-z0-9+/=_-]{8,}", RegexOptions.CultureInvariant)]
    private static partial Regex Keys();
}
