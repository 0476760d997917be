package controls

import "slices"

// ExposedSecrets is what secrets in definitions work against.
var ExposedSecrets = slices.Concat(
	NIST(Hub, "IA-5(7)", "SA-3"),
	SOC2(Own, "CC6.1"),
	HIPAA(Own, "164.312(a)(1)", "164.312(d)"),
	GDPR(Own, "32"),
	OWASP("CICD-SEC-6"),
)
