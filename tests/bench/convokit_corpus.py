"""What ConvoKit needs for its Corpus and first replies: run by the environment it is installed in.

`python convokit_corpus.py FILE BRAND…` builds the Corpus in memory and takes from each conversation
the time from its first post to the first one of a brand. Prints how many conversations have one.
"""

import sys
from datetime import datetime

import orjson
from convokit import Corpus, Speaker, Utterance


def main(archive, brands):
    speakers, utterances, roots = {}, [], {}
    with open(archive, "rb") as file:  # noqa: PTH123 - runs on its own
        for line in file:
            post = orjson.loads(line)
            author, parent = post["author_id"], post.get("reply_to_id")
            roots[post["post_id"]] = root = roots.get(parent, post["post_id"])
            utterance = Utterance(
                id=post["post_id"],
                speaker=speakers.setdefault(author, Speaker(id=author)),
                conversation_id=root,
                reply_to=parent,
                timestamp=datetime.fromisoformat(post["created_at"]).timestamp(),
                text=post["text"],
            )
            utterances.append(utterance)
    corpus = Corpus(utterances=utterances)
    waits = [
        wait for each in corpus.iter_conversations() for wait in find_first_reply(each, brands)
    ]
    print(len(waits), sorted(waits)[len(waits) // 2] if waits else None)
    return 0


def find_first_reply(conversation, brands):
    """Yield the seconds until a brand's first word, if a customer began."""
    first, *rest = conversation.get_chronological_utterance_list()
    if first.speaker.id not in brands:
        answered = (post.timestamp for post in rest if post.speaker.id in brands)
        yield from (moment - first.timestamp for moment in [next(answered, None)] if moment)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], frozenset(sys.argv[2:])))
