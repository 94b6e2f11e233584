"""What users bring: exports of ours (conversations.exports), and ChatGPT's.

ChatGPT gives a zip with `conversations.json`, or with `conversations-000.json` and so on: each an array of
conversations, in which `mapping` holds the nodes of a tree by their ids, and `current_node` is the leaf that is shown.
Such an array by itself is taken as well, as is one conversation of either kind.

Every conversation becomes a Draft, is cleaned, and is stored whole or not at all; a bad one harms no other. Its
`source` names what it was made from, so that the same file again adds nothing, and one that was interrupted goes on.
"""
