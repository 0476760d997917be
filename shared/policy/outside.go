package policy

import "slices"

// admit adds the accounts, organisations and canonical users that an Allow admits by name, and, where it is open to all
// but bound by a condition, those to which the condition ties the caller.
func (s *Statement) admit(kind Kind, to map[string]struct{}) {
	if s.Effect != "Allow" {
		return
	}
	if kind != Logs { // there AWS enforces nothing on accounts
		for _, p := range slices.Concat(s.Principal.AWS, s.Principal.Federated) {
			if a := account(p); a != "" {
				to[a] = struct{}{}
			}
		}
		for _, p := range s.Principal.Canonical {
			if notLiteral(p) == "" {
				to[p] = struct{}{}
			}
		}
	}
	if s.open() == "" {
		return
	}
	keys, _ := s.Condition.bound(kind, nil)
	for _, who := range tied(keys) {
		to[who] = struct{}{}
	}
}

// tied works out who satisfies all the keys at once. A key of which every value tells the account leaves those
// accounts only, so two of them leave what they have in common, and an organisation adds nobody to that.
func tied(keys []held) []string {
	var loose, strict []string
	anyStrict := false
	for _, k := range keys {
		if k.rule.pins == nil {
			continue
		}
		accounts, all := pinned(k)
		switch {
		case !all:
			loose = append(loose, accounts...)
		case !anyStrict:
			anyStrict, strict = true, accounts
		default:
			strict = slices.DeleteFunc(strict, func(a string) bool { return !slices.Contains(accounts, a) })
		}
	}
	if anyStrict {
		return strict
	}
	return loose
}

// pinned gives whom the values name; all is false when one tells none (the ARN of a bucket) or only an organisation.
func pinned(k held) (who []string, all bool) {
	all = true
	for _, v := range k.values {
		name := k.rule.pins(v)
		if account(name) == "" {
			all = false
		}
		if name != "" {
			who = append(who, name)
		}
	}
	return who, all
}
