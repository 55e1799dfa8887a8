"""Self-to-supervised fine-tuning: train on own correct answers, on the gold one elsewhere.

A base policy p answers a prompt; C are the valid answers, g in C the gold one, P = p(C),
W = 1 - P, p_g = p(g). SFT trains on e_g. S3FT trains on the policy's own answer where a judge
accepts it, else on gold: the law of its targets is q = p on C, plus W on g. k tries: the first
accepted of k answers. The judge accepts wrong answers with probability f, rejects valid ones with
probability m. p_C and p_w are p given valid, given wrong.

The paper is empirical: S3FT loses 2.5 points on general benchmarks where SFT loses 4.4. The model
is ours, all claims are derived, and nothing is fitted to these numbers. It explains why own answers
are the least move that removes wrong answers, what sampling them adds to the change elsewhere, and
that the loop, repeated, keeps its mean but loses its diversity at the rate eta^2. It does not
predict benchmark scores: one prompt's answers are a finite set, policies reach their targets, other
prompts are seen in one step only, and the loop moves by mixtures (what softmax steps keep is less:
``softmax_log_odds``).
"""

from theory import Paper
from theory.self_to_supervised import judges, targets
from theory.self_to_supervised.forgetting import (
    even_prompts, gradient_squares, paying_prompts, probe_change,
)  # fmt: skip
from theory.self_to_supervised.forms import best_tries, kl_of_target, movement, target
from theory.self_to_supervised.online import (
    half_life, online_diversity, online_gold, online_wrong, sft_half_life,
)  # fmt: skip
from theory.self_to_supervised.params import Params

MODEL = r"""
A base policy $p$ answers a prompt; $C$ are the valid answers, $g$ in $C$ the gold one, $P = p(C)$
and $W = 1 - P$. Supervised fine-tuning trains on the gold answer, $e_g$. Self-to-supervised
fine-tuning trains on the policy's own answer where a judge accepts it, on gold elsewhere: for a
judge without errors the law of its targets is

$$q_i = p_i \quad (i \in C, i \neq g), \qquad q_g = p_g + W.$$

With $k$ tries it takes the first accepted of $k$ answers. A judge with errors accepts wrong answers
with probability $f$ and rejects valid ones with probability $m$.
"""

PAPER = Paper(
    "Selective Self-to-Supervised Fine-Tuning for Generalization in Large Language Models",
    "Sonam Gupta, Yatin Nandwani, Asaf Yehudai, Dinesh Khandelwal, Dinesh Raghu, Sachindra Joshi",
    "Findings of NAACL 2025",
    "2502.08130",
    topics=("distillation", "generation", "transfer"),
)

__all__ = [
    "PAPER", "Params", "best_tries", "even_prompts", "gradient_squares", "half_life", "judges",
    "kl_of_target", "movement", "online_diversity", "online_gold", "online_wrong",
    "paying_prompts", "probe_change", "sft_half_life", "target", "targets",
]  # fmt: skip
